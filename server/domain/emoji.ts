/** A custom emoji as a text uses it: `:name:` is drawn as the picture at `url`. In views `url` is on our own origin. */
export type CustomEmoji = { readonly name: string; readonly url: string };

/** A custom emoji as another server describes it (FEP-9098). */
export type ReceivedEmoji = CustomEmoji & {
  /** The Emoji object's own id, when it has one. */
  readonly uri: string | null;
  /** Media type of the picture as claimed; '' when unknown. */
  readonly mediaType: string;
  /** When the picture was last changed, ms. */
  readonly updatedAt: number | null;
};

/** How many custom emoji one text brings along. */
export const EMOJI_LIMIT = 64;

/** What stands between the colons, alone. */
export const SHORTCODE = /^[a-zA-Z0-9_]{1,64}$/;

/** The names that stand between colons in a text, each once, in order of appearance, at most `EMOJI_LIMIT`. */
export function shortcodesIn(text: string): readonly string[] {
  const names = [...text.matchAll(/(?<![a-zA-Z0-9_:]):([a-zA-Z0-9_]{1,64}):(?![a-zA-Z0-9_:])/g)];
  return [...new Set(names.map((match) => match[1] ?? ""))].slice(0, EMOJI_LIMIT);
}
