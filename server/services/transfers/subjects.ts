import type { App } from "../../context.ts";
import { parseHandle } from "../../domain/actor.ts";
import { LIST_LIMITS } from "../../domain/list.ts";
import type { FilterRow, TransferRow } from "../../domain/transfer.ts";
import { cleanName } from "../../text/entities.ts";
import { isOurHost } from "../actors/actors.ts";

/** Somebody as a file names them; an empty host is here. */
export type Named = { readonly username: string; readonly host: string };

/** Who is meant: without a server, and with our own, somebody here. Null when it is no handle. */
export function namedIn(app: App, text: string): Named | null {
  const handle = parseHandle(text);
  if (handle === null) return null;
  const host = handle.host === null ? "" : hostOf(handle.host);
  if (host === null) return null;
  return { username: handle.username, host: host === "" || isOurHost(app, host) ? "" : host };
}

/** The name of a server as it is stored: small letters, punycode, without the dot at the end. */
function hostOf(text: string): string | null {
  const address = `https://${text}`;
  if (!URL.canParse(address)) return null;
  return new URL(address).host.replace(/\.$/, "");
}

/** What a row is about, spelled as `store/transfers-gone.ts` compares it, and the server that may have to be asked. */
export type Subject = {
  readonly subject: string;
  readonly place: string | null;
  readonly host: string | null;
};

/** See `Subject`. */
export function subjectOf(app: App, row: TransferRow): Subject {
  switch (row.kind) {
    case "follows":
    case "mutes":
    case "blocks":
      return { ...personSubject(app, row.handle), place: null };
    case "lists":
      return { ...personSubject(app, row.handle), place: cleanName(row.list, LIST_LIMITS.title) };
    case "domains":
      return { subject: domainSubject(row.domain), place: null, host: null };
    case "bookmarks":
      return { subject: row.uri, place: null, host: URL.canParse(row.uri) ? new URL(row.uri).host : null };
    case "filters":
      return { subject: titleOf(row), place: null, host: null };
    default: {
      const unknown: never = row;
      return unknown;
    }
  }
}

function personSubject(app: App, text: string): { readonly subject: string; readonly host: string | null } {
  const named = namedIn(app, text);
  if (named === null) return { subject: text, host: null };
  // Only ASCII, as both databases do it with `lower` and the "C" collation.
  const username = named.username.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  return { subject: `${username}@${named.host}`, host: named.host === "" ? null : named.host };
}

function domainSubject(text: string): string {
  return (
    hostOf(
      text
        .replace(/^https?:\/\//i, "")
        .replace(/^\*\./, "")
        .replace(/\/$/, ""),
    ) ?? text
  );
}

/** A filter without a title is called by its first word. */
export function titleOf({ title, keywords }: FilterRow): string {
  return title === "" ? (keywords[0]?.keyword.trim() ?? "") : title;
}
