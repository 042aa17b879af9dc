import type { App } from "../../context.ts";
import type { ActorView, Viewer } from "../../domain/actor.ts";
import type { CustomEmoji } from "../../domain/emoji.ts";
import { findTagsByPrefix } from "../../store/search.ts";
import { findPeopleToName, listRecentLanguages } from "../../store/suggestions.ts";
import { normalizeTag } from "../../text/entities.ts";
import { actorView } from "../views.ts";
import { listEmojis } from "./emojis.ts";

/** What a word that is being typed may become; one of the three lists at most has something. */
export type Suggestions = {
  readonly people: readonly ActorView[];
  readonly tags: readonly string[];
  readonly emojis: readonly CustomEmoji[];
};

const NONE: Suggestions = { people: [], tags: [], emojis: [] };
const LIMIT = 8;
const LONGEST = 100;

/**
 * What may be meant by a word that begins with `@`, `#` or `:`. People are those known here that the person neither muted
 * nor blocked, and who did not block them; tags are of notes that everybody may see. Nothing is asked of other servers.
 */
export async function suggest(app: App, viewer: Viewer, word: string): Promise<Suggestions> {
  const typed = word.replaceAll("\0", "").normalize("NFKC").trim().slice(0, LONGEST).toLowerCase();
  const rest = typed.slice(1);
  switch (typed[0]) {
    case "@":
      return { ...NONE, people: await peopleFor(app, viewer, rest) };
    case "#":
      return rest === ""
        ? NONE
        : { ...NONE, tags: await findTagsByPrefix(app.db, normalizeTag(rest), LIMIT) };
    case ":":
      return rest === "" ? NONE : { ...NONE, emojis: await emojisFor(app, rest) };
    default:
      return NONE;
  }
}

/** Languages that the person has written in of late, the latest first. */
export async function recentLanguages(app: App, viewer: Viewer): Promise<readonly string[]> {
  return await listRecentLanguages(app.db, viewer.actorId);
}

async function peopleFor(app: App, viewer: Viewer, typed: string): Promise<readonly ActorView[]> {
  const [prefix = "", host = ""] = typed.split("@");
  const rows = await findPeopleToName(app.db, viewer.actorId, {
    prefix,
    host,
    limit: LIMIT,
    now: app.clock.now(),
  });
  return rows.map((row) => actorView(app, row));
}

/** Those that begin so, then those that have it inside. */
async function emojisFor(app: App, typed: string): Promise<readonly CustomEmoji[]> {
  const found = (await listEmojis(app)).filter(({ name }) => name.toLowerCase().includes(typed));
  const rank = ({ name }: CustomEmoji) => (name.toLowerCase().startsWith(typed) ? 0 : 1);
  return found.toSorted((a, b) => rank(a) - rank(b)).slice(0, LIMIT);
}
