import type { AccountId, ActorId } from "../../domain/ids.ts";

/** How a lifeboat is closed: not at all, by a passphrase, or by the member's recovery phrase. */
export type Closing = "open" | "passphrase" | "phrase";

/** What was asked to be inside; kept with the lifeboat. */
export type LifeboatOptions = {
  readonly closing: Closing;
  readonly followersOnly: boolean;
  /** Who follows. */
  readonly followers: boolean;
  /** Private keys of the account; never in an open lifeboat. */
  readonly keys: boolean;
};

/** Who asks: an account and its actor. */
export type LifeboatOwner = { readonly accountId: AccountId; readonly actorId: ActorId };

export type RequestLifeboat = LifeboatOptions & {
  /** For `closing` by passphrase; not kept. */
  readonly passphrase: string;
  /** The recovery phrase, to sign with; empty without. Not kept. */
  readonly phrase: string;
};
