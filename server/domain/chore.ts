/** One line of what the doctor found. `text` is a sentence in English, as the command line prints it. */
export type Finding = {
  readonly subject: string;
  readonly state: "ok" | "warn" | "fail";
  readonly text: string;
};

/**
 * Long work that an administrator asks for on a page and that is done in the background: `examine` = the doctor's look
 * at everything; `backup` = an archive in the data folder; `find-strays` and `remove-strays` = files that nothing names;
 * `drill` = a launch between throw-away servers on this machine.
 */
export const CHORES = ["examine", "backup", "find-strays", "remove-strays", "drill"] as const;
export type Chore = (typeof CHORES)[number];

/** What each of them ends with. */
export type ChoreOutcomes = {
  readonly examine: readonly Finding[];
  readonly backup: { readonly name: string; readonly filesElsewhere: boolean };
  readonly "find-strays": Strays;
  readonly "remove-strays": Strays;
  readonly drill: DrillReport;
};

export type Strays = { readonly files: number; readonly bytes: number };

/** What a launch consists of, in order. */
export const DRILL_STEPS = [
  "start",
  "fill",
  "pair",
  "follow",
  "replicate",
  "seal",
  "lose",
  "decide",
  "launch",
  "arrive",
] as const;
export type DrillStep = (typeof DRILL_STEPS)[number];

/** How a drill went: each step that was reached, and what it came to (English, as the command line prints it). */
export type DrillReport = {
  readonly isWell: boolean;
  readonly steps: readonly {
    readonly step: DrillStep;
    readonly isWell: boolean;
    readonly ms: number;
    readonly text: string;
  }[];
};

/** Where a chore stands; `at` in ms. */
export type ChoreState<C extends Chore> =
  | { readonly state: "waiting"; readonly at: number }
  | { readonly state: "done"; readonly at: number; readonly outcome: ChoreOutcomes[C] }
  | { readonly state: "failed"; readonly at: number; readonly fault: string };

/** True for a known word. */
export function isChore(value: unknown): value is Chore {
  return CHORES.some((one) => one === value);
}
