import type { Context } from "hono";
import type { Viewer } from "../server/domain/actor.ts";
import type { App } from "../server/context.ts";
import type { PublicEvacuation } from "../server/services/escapes/evacuations.ts";
import type { Suspended } from "../server/services/accounts/suspended.ts";
import type { Waiting } from "../server/services/accounts/sign-up-line.ts";
import type { InstanceSettings } from "../server/services/accounts/settings.ts";
import type { Assets } from "./assets.ts";
import type { Form } from "./form.ts";
import type { I18n, Locale } from "./i18n.ts";

export const THEMES = ["auto", "light", "dark", "contrast"] as const;
export type Theme = (typeof THEMES)[number];

/** One request as pages and components see it: who reads, in which language, and what every form needs. */
export type Visit = {
  readonly app: App;
  readonly settings: InstanceSettings;
  readonly viewer: Viewer | null;
  /** Who asked to join and waits at the door; a visitor everywhere else. */
  readonly waiting: (Waiting & { readonly sessionToken: string }) | null;
  /** Who was suspended and may read why; a visitor everywhere else. */
  readonly suspended: (Suspended & { readonly sessionToken: string }) | null;
  /** The secret of the session cookie; null when signed out. */
  readonly sessionToken: string | null;
  /** What every form of a signed-in person carries; bound to the session. */
  readonly csrf: string;
  readonly i18n: I18n;
  /** The texts in another language than the reader's: for what others will read. */
  readonly i18nOf: (locale: Locale) => I18n;
  readonly theme: Theme;
  readonly assets: Assets;
  /** Path and query of this request, for ways back. */
  readonly path: string;
  /** Unread notifications. */
  readonly unread: number;
  /** Notes that a classifier holds and that this person may judge; 0 outside the pages of staff. */
  readonly held: number;
  /** Launches of communities that wait or run here: on every page. */
  readonly evacuations: readonly PublicEvacuation[];
  /** What the client is counted by: its address, of IPv6 the network; believed through trusted proxies only. */
  readonly ip: string;
};

export type WebEnv = { Variables: { visit: Visit; form?: Form } };
export type WebContext = Context<WebEnv>;
/** A page: GET or POST. */
export type PageHandler = (c: WebContext) => Promise<Response>;
/** A page for signed-in people. */
export type MemberHandler = (c: WebContext, viewer: Viewer) => Promise<Response>;
