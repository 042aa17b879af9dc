import { isoTime } from "../../server/context.ts";
import type { FeaturedTagView, TagView } from "../../server/services/tags/tag-views.ts";
import type { Tag } from "../entities/common.ts";
import type { FeaturedTag } from "../entities/tag.ts";
import type { TrendingLink } from "../../server/services/trends/explore.ts";
import type { TrendsLink } from "../entities/trends.ts";
import { tagUrl, toCard } from "./status.ts";

/** A tag; it has no number here, its name is what it is known by. */
export function toTag(
  { origin, isSignedIn }: { readonly origin: string; readonly isSignedIn: boolean },
  { tag, history, following, featuring }: TagView,
): Tag {
  return {
    id: tag,
    name: tag,
    url: tagUrl(origin, tag),
    history: toHistory(history),
    ...(isSignedIn ? { following, featuring } : {}),
  };
}

/** Days as Mastodon has them: all figures are texts, a day is its first second. */
function toHistory(history: TagView["history"]): Tag["history"] {
  return history.map(({ day, uses, people }) => ({
    day: String(day / 1000),
    uses: String(uses),
    accounts: String(people),
  }));
}

/** A link that many write. */
export function toTrendsLink(origin: string, { card, history }: TrendingLink): TrendsLink {
  return { ...toCard(origin, card), history: toHistory(history) };
}

/** A tag of a profile. */
export function toFeaturedTag(origin: string, { id, tag, name, uses, lastAt }: FeaturedTagView): FeaturedTag {
  return {
    id: String(id),
    name,
    url: tagUrl(origin, tag),
    statuses_count: String(uses),
    last_status_at: lastAt === null ? null : isoTime(lastAt).slice(0, 10),
  };
}
