import type { Id } from "./ids.ts";

export type ListId = Id<"list">;

/** Whose replies a list shows: to its members, to anybody the owner follows, or none. */
export const LIST_REPLIES = ["list", "followed", "none"] as const;
export type ListReplies = (typeof LIST_REPLIES)[number];

/** A timeline of some people. Nobody but its owner knows of it. */
export type ListView = {
  readonly id: ListId;
  readonly title: string;
  readonly replies: ListReplies;
  /** Its members are left out of the home timeline. */
  readonly exclusive: boolean;
};

/** What the owner may say about a list. */
export type ListForm = {
  readonly title: string;
  readonly replies?: string | undefined;
  readonly exclusive?: boolean | undefined;
};

export const LIST_LIMITS = { lists: 50, members: 500, title: 100 } as const;
