// The shape of a catalogue of texts. `en.ts` is the source of all keys; every other file must have them all.
// Imported by i18n.ts and the catalogues beside it.

/** A text by plural category of its `count`, in the words of `Intl.PluralRules`. */
export type Plural = {
  readonly zero?: string;
  readonly one?: string;
  readonly two?: string;
  readonly few?: string;
  readonly many?: string;
  readonly other: string;
};

/** A text with `{name}` slots, alone or by plural category. */
export type MessageText = string | Plural;

/** A theme in another language: every key of the English one. */
export type Texts<Source> = { readonly [Key in keyof Source]: MessageText };
