import type { ActorView } from "./actor.ts";

/** What a linked page says about itself, as every door draws it below a note. Plain texts; pictures on our own origin. */
export type CardView = {
  readonly url: string;
  readonly title: string;
  readonly description: string;
  /** Name of the site, or its host. */
  readonly site: string;
  readonly author: string;
  /** `@user@host` of the account that the page names as its author and that names the page's site in turn. */
  readonly authorHandle: string | null;
  /** That account, if it is known here. */
  readonly authorActor: ActorView | null;
  readonly imageUrl: string | null;
  readonly width: number | null;
  readonly height: number | null;
  /** Full BCP-47 tag, null = unknown. */
  readonly language: string | null;
};

/** A link that hangs on a received note (FEP-8967), with what its sender says about the page. Plain texts. */
export type ReceivedCard = {
  readonly url: string;
  /** Empty when the sender names the link alone. */
  readonly title: string;
  readonly description: string;
  readonly author: string;
  readonly imageUrl: string | null;
};

/** Limits of a card; pages and servers say more. */
export const CARD_LIMITS = { title: 200, description: 300, site: 80, author: 80 } as const;
