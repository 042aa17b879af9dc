/** The one place where columns become values: better-sqlite3 binds neither booleans nor Dates, so neither reaches a query. */

/** Boolean to column. */
export function flag(value: boolean): 0 | 1 {
  return value ? 1 : 0;
}

/** Column to boolean. */
export function isSet(value: number): boolean {
  return value !== 0;
}

/** Value to JSON text. */
export function toJson(value: unknown): string {
  return JSON.stringify(value);
}

/** JSON text that we wrote ourselves to its value; `fallback` when the row is damaged, so that a page still renders (F38). */
export function fromJson<T>(text: string | null, fallback: T): T {
  if (text === null) return fallback;
  try {
    return JSON.parse(text) as T;
  } catch {
    return fallback;
  }
}
