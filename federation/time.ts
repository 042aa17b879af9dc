import { Temporal } from "@js-temporal/polyfill";

/** Fedify's own Temporal, which its objects are typed with. */
export type Instant = Temporal.Instant;

/** Milliseconds as the instant that Fedify's vocabulary takes. */
export function toInstant(ms: number): Temporal.Instant {
  return Temporal.Instant.fromEpochMilliseconds(ms);
}

/** The time in ms of an ISO 8601 date and time; null when it is none or out of range. */
export function timeFromIso(text: string): number | null {
  const ms = Date.parse(text);
  return Number.isFinite(ms) ? ms : null;
}
