// Times as forms write them: a date and a time of day, and minutes that the writer's clock is ahead of UTC.

/** `2026-11-22T09:30` of a time in ms, at a place `offset` minutes ahead of UTC. */
export function localTime(ms: number, offset: number): string {
  return new Date(ms + offset * 60_000).toISOString().slice(0, 16);
}

/** A time in ms from a `datetime-local` field; null when nothing was typed, NaN when it is no time. */
export function readLocalTime(text: string, offset: number): number | null {
  if (text.trim() === "") return null;
  const written = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2})?$/.test(text)
    ? Date.parse(`${text}Z`)
    : Number.NaN;
  return written - offset * 60_000;
}

/** Minutes ahead of UTC as a form says them; 0 for what no place on earth has. */
export function readOffset(text: string): number {
  const offset = Number(text);
  return Number.isSafeInteger(offset) && Math.abs(offset) <= 14 * 60 ? offset : 0;
}
