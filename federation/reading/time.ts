import { Temporal as Polyfill } from "@js-temporal/polyfill";

/** Milliseconds as the instant that Fedify takes: the polyfill's, which it uses itself on Node 24. */
export function toInstant(ms: number): Temporal.Instant {
  // The polyfill's own type lacks what later drafts added to the standard one; the values are the same.
  return Polyfill.Instant.fromEpochMilliseconds(ms) as unknown as Temporal.Instant;
}

/** The time in ms of an ISO 8601 date and time; null when it is none or out of range. */
export function timeFromIso(text: string): number | null {
  const ms = Date.parse(text);
  return Number.isFinite(ms) ? ms : null;
}
