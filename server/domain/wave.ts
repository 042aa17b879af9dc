/** What sign-ups that came together have in common. */
export const WAVE_KINDS = ["network", "agent", "invite", "note"] as const;
export type WaveKind = (typeof WAVE_KINDS)[number];

/** Hours back that can be looked at. */
export const WAVE_HOURS = [1, 6, 24, 168] as const;
export type WaveHours = (typeof WAVE_HOURS)[number];

/** So many must have something in common to be shown: many people use the same browser, few the same network. */
export const LEAST_ALIKE: Readonly<Record<WaveKind, number>> = { network: 3, agent: 5, invite: 3, note: 3 };

export const WAVE_MEASURES = ["suspend", "limit"] as const;
export type WaveMeasure = (typeof WAVE_MEASURES)[number];

export type WaveState = "working" | "done" | "undoing" | "undone";

/** Sign-ups that have one thing in common. Times in ms. */
export type SignUpGroup = {
  readonly kind: WaveKind;
  /** Tells the group from others of its kind; says nothing to people. */
  readonly mark: string;
  readonly people: number;
  readonly from: number;
  readonly to: number;
};
