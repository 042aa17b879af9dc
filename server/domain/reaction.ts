import { SHORTCODE } from "./emoji.ts";

/** Limits of reactions with emoji. */
export const REACTION_LIMITS = {
  /** Different ones of one person under one note. */
  perActor: 3,
  /** Code units of what stands for an emoji. */
  characters: 64,
  /** Different ones shown under one note, the most frequent first. */
  shown: 20,
} as const;

/** Everybody's reactions with the same emoji to one note. */
export type ReactionView = {
  /** An emoji, or `:name:` of a custom one. */
  readonly name: string;
  /** The picture of a custom emoji, on our own origin. */
  readonly url: string | null;
  readonly count: number;
  readonly mine: boolean;
};

/** What people here can react with by one press. */
export const COMMON_REACTIONS: readonly string[] = ["👍", "😂", "😮", "😢", "🎉", "🔥"];

/** Words that old versions of Misskey send in place of emoji. */
const WORDS: Readonly<Record<string, string>> = {
  like: "👍",
  love: "❤️",
  laugh: "😆",
  hmm: "🤔",
  surprise: "😮",
  congrats: "🎉",
  angry: "💢",
  confused: "😥",
  rip: "😇",
  pudding: "🍮",
  star: "⭐",
};

/** Hearts and stars are what servers with reactions send for a plain like: Misskey's default is one or the other. */
const PLAIN_LIKES: ReadonlySet<string> = new Set(["❤️", "♥️", "⭐", "🌟"]);

/** True for a reaction that says no more than that somebody likes it. */
export function isPlainLike(name: string): boolean {
  return PLAIN_LIKES.has(name);
}

/**
 * The name of a reaction from what somebody sent or typed: one emoji in its usual form, or `:name:`. Misskey's names
 * carry the host of the emoji (`:name@host:`), which is left out. Null for anything else.
 */
export function toReactionName(text: string): string | null {
  const trimmed = text.trim();
  if (trimmed === "" || trimmed.length > REACTION_LIMITS.characters * 4) return null;
  const word = Object.hasOwn(WORDS, trimmed) ? WORDS[trimmed] : undefined;
  if (word !== undefined) return word;
  const custom = /^:([^:@\s]{1,64})(?:@[^:\s]*)?:$/.exec(trimmed)?.[1];
  if (custom !== undefined) return SHORTCODE.test(custom) ? `:${custom}:` : null;
  return isEmoji(trimmed) ? inUsualForm(trimmed) : null;
}

/** The name between the colons of a custom emoji, or null. */
export function shortcodeOf(name: string): string | null {
  return /^:([a-zA-Z0-9_]{1,64}):$/.exec(name)?.[1] ?? null;
}

/** One grapheme that is drawn as an emoji. `\p{Emoji}` alone is also true for digits. */
function isEmoji(text: string): boolean {
  if (text.length > REACTION_LIMITS.characters) return false;
  if (!/\p{Extended_Pictographic}|\p{Regional_Indicator}{2}|^[0-9#*]\ufe0f?\u20e3$/u.test(text)) return false;
  if (!/^[\p{Emoji}\p{Emoji_Component}\p{Emoji_Modifier}]+$/u.test(text)) return false;
  return [...new Intl.Segmenter("en", { granularity: "grapheme" }).segment(text)].length === 1;
}

/** Servers send ❤ with and without the sign that asks for colours; here both are one. */
function inUsualForm(emoji: string): string {
  const plain = emoji.replace(/[\ufe0e\ufe0f]$/u, "");
  if ([...plain].length > 1) return emoji;
  return /^\p{Emoji_Presentation}/u.test(plain) ? plain : `${plain}\ufe0f`;
}
