import { activities } from "./stories/activities.ts";
import { actors } from "./stories/actors.ts";
import { collections } from "./stories/collections.ts";
import { discovery } from "./stories/discovery.ts";
import { notes } from "./stories/notes.ts";
import { wire } from "./stories/wire.ts";
import type { World } from "./world.ts";

/** Makes a situation in a fresh world and gives the documents it leads to, by the names of the page's examples. */
export type Story = (world: World) => Promise<Readonly<Record<string, unknown>>>;

/** Every story that the page tells with examples. */
export const STORIES: Readonly<Record<string, Story>> = {
  ...discovery,
  ...actors,
  ...notes,
  ...activities,
  ...collections,
  ...wire,
};
