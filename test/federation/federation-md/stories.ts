import { activities } from "./stories/activities.ts";
import { actors } from "./stories/actors.ts";
import { collections } from "./stories/collections.ts";
import { discovery } from "./stories/discovery.ts";
import { featuredCollections } from "./stories/featured-collections.ts";
import { lifeboat } from "./stories/lifeboat.ts";
import { media } from "./stories/media.ts";
import { notes } from "./stories/notes.ts";
import { wire } from "./stories/wire.ts";
import type { Story } from "./world.ts";

/** Every story that the page tells with examples. */
export const STORIES: Readonly<Record<string, Story>> = {
  ...discovery,
  ...actors,
  ...notes,
  ...activities,
  ...collections,
  ...featuredCollections,
  ...lifeboat,
  ...media,
  ...wire,
};
