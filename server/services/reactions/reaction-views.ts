import type { App } from "../../context.ts";
import { REACTION_LIMITS, type ReactionView } from "../../domain/reaction.ts";
import { tallyReactions } from "../../store/emoji-reactions.ts";
import { proxyUrl } from "../media/proxy.ts";
import { hostRules, isRejectedUrl } from "../moderation/domains.ts";

/** Our own custom emoji lie in our file store; everybody else's come through the proxy. */
export function reactionPicture(app: App, url: string | null): string | null {
  return url === null || url.startsWith("/") ? url : proxyUrl(app, url);
}

/** Reactions to a page of notes, by note: one query. */
export async function reactionViews(
  app: App,
  viewerActorId: number | null,
  noteIds: readonly number[],
): Promise<ReadonlyMap<number, readonly ReactionView[]>> {
  const tallies = await tallyReactions(app.db, noteIds, viewerActorId, REACTION_LIMITS.shown);
  const rules = await hostRules(app);
  const byNote = Map.groupBy(tallies, (tally) => tally.note_id);
  return new Map(
    [...byNote].map(([id, found]) => [
      id,
      found.map(({ name, count, mine, emoji_url: url }) => ({
        name,
        url: isRejectedUrl(rules, url) ? null : reactionPicture(app, url),
        count,
        mine,
      })),
    ]),
  );
}
