/** One line of what the doctor found. `text` is a sentence in English, as the command line prints it. */
export type Finding = {
  readonly subject: string;
  readonly state: "ok" | "warn" | "fail";
  readonly text: string;
};

/**
 * Long work that an administrator asks for on a page and that is done in the background: `examine` = the doctor's look
 * at everything; `backup` = an archive in the data folder; `find-strays` and `remove-strays` = files that nothing names.
 */
export const CHORES = ["examine", "backup", "find-strays", "remove-strays"] as const;
export type Chore = (typeof CHORES)[number];

/** What each of them ends with. */
export type ChoreOutcomes = {
  readonly examine: readonly Finding[];
  readonly backup: { readonly name: string; readonly filesElsewhere: boolean };
  readonly "find-strays": Strays;
  readonly "remove-strays": Strays;
};

export type Strays = { readonly files: number; readonly bytes: number };

/** Where a chore stands; `at` in ms. */
export type ChoreState<C extends Chore> =
  | { readonly state: "waiting"; readonly at: number }
  | { readonly state: "done"; readonly at: number; readonly outcome: ChoreOutcomes[C] }
  | { readonly state: "failed"; readonly at: number; readonly fault: string };

/** True for a known word. */
export function isChore(value: unknown): value is Chore {
  return CHORES.some((one) => one === value);
}
