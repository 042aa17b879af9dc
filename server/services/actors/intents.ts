import type { App } from "../../context.ts";
import { parseHandle } from "../../domain/actor.ts";
import { USE_LIMITS } from "../../domain/limits.ts";
import { invalid } from "../../errors.ts";
import { safeHttpUrl } from "../../text/sanitize.ts";
import { takeLimit } from "../accounts/limits.ts";
import { isOurHost } from "./actors.ts";

/** What somebody may want to do with a thing from their own server (FEP-3b86). */
export const INTENTS = ["Follow", "Like", "Announce", "Create", "Object"] as const;
export type Intent = (typeof INTENTS)[number];

const FEP = "https://w3id.org/fep/3b86/";
const SUBSCRIBE = "http://ostatus.org/schema/1.0/subscribe";

/** A page at somebody's own server where they can do what they want; `host` is to be shown before they go. */
export type IntentPage = { readonly host: string; readonly address: string };

/**
 * The page at somebody's own server for doing something with `uri`: what their WebFinger offers for just that, else the
 * way to follow or look at anything. Null when it offers nothing.
 * @throws invalid with the field `account`, too_many by address
 */
export async function findIntentPage(
  app: App,
  command: { readonly account: string; readonly intent: Intent; readonly uri: string; readonly ip: string },
): Promise<IntentPage | null> {
  const handle = homeOf(command.account);
  if (handle === null) throw invalid({ account: { key: "field.handle_form" } });
  takeLimit(app, USE_LIMITS.intents, command.ip);
  if (isOurHost(app, handle.host))
    return {
      host: handle.host,
      address: `${app.config.origin}/authorize_interaction?uri=${encodeURIComponent(command.uri)}`,
    };
  const templates = await app.remote.linkTemplates({ username: handle.username, host: handle.host });
  if (templates === null && handle.username !== null)
    throw invalid({ account: { key: "field.handle_unknown" } });
  const byRel = new Map([...(templates ?? [])].map(([rel, template]) => [rel.toLowerCase(), template]));
  for (const rel of [`${FEP}${command.intent}`, SUBSCRIBE, `${FEP}Object`]) {
    const template = byRel.get(rel.toLowerCase());
    const page = template === undefined ? null : pageOf(app, template, command);
    if (page !== null) return page;
  }
  // Who names the server alone mostly lives at one that has Mastodon's address, and says so nowhere.
  return handle.username === null
    ? pageOf(app, `https://${handle.host}/authorize_interaction?uri={uri}`, command)
    : null;
}

/** `@you@your.server`, or just `your.server`, with or without `https://`. */
function homeOf(account: string): { readonly username: string | null; readonly host: string } | null {
  const text = account.trim();
  const handle = parseHandle(text);
  if (handle !== null && handle.host !== null) return { username: handle.username, host: handle.host };
  const bare = /^(?:https?:\/\/)?((?:[\p{L}\p{N}-]+\.)+[\p{L}\p{N}-]{2,63}(?::\d{1,5})?)\/?$/u.exec(
    text,
  )?.[1];
  const address = `https://${bare ?? ""}`;
  return bare === undefined || !URL.canParse(address)
    ? null
    : { username: null, host: new URL(address).host };
}

/** Fills a template; what we have no value for is empty, as the FEP asks. Web addresses only. */
function pageOf(
  app: App,
  template: string,
  { intent, uri }: { readonly intent: Intent; readonly uri: string },
): IntentPage | null {
  const thing = intent === "Create" ? { inReplyTo: uri } : { object: uri };
  const values = new Map<string, string>(Object.entries({ ...thing, uri, id: uri }));
  const filled = template.replace(/\{([\w-]+)\}/g, (_, name: string) =>
    encodeURIComponent(values.get(name) ?? ""),
  );
  const address = safeHttpUrl(filled);
  if (address === null || (!address.startsWith("https:") && !app.config.allowPrivateAddresses)) return null;
  return { host: new URL(address).host, address };
}
