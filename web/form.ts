/** A submitted form. Line breaks are `\n`; missing fields are empty. */
export type Form = {
  text(name: string): string;
  all(name: string): readonly string[];
  has(name: string): boolean;
  /** Chosen files that are not empty. */
  files(name: string): readonly File[];
  /** Every text field, in order. */
  readonly entries: readonly (readonly [string, string])[];
};
