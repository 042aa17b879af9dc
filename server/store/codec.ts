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

/**
 * JSON text that we wrote ourselves to its value; `fallback` when the row is damaged, so that a page still renders (F38): cut
 * off, or of another kind than the fallback (a list, an object, a word, a number). A fallback of null or undefined says
 * nothing about the kind. Lists of ours hold words or objects; what else is in one is left out.
 */
export function fromJson<T>(text: string | null, fallback: T): T {
  if (text === null) return fallback;
  try {
    const value: unknown = JSON.parse(text);
    if (fallback !== null && fallback !== undefined && kindOf(value) !== kindOf(fallback)) return fallback;
    const isList = Array.isArray(value) && Array.isArray(fallback);
    return (isList ? value.filter(isWordOrObject) : value) as T;
  } catch {
    return fallback;
  }
}

/** The words of a list that we wrote ourselves, without what else a damaged row has between them (F38). */
export function textsIn(text: string | null): readonly string[] {
  return fromJson<readonly unknown[]>(text, []).filter((one) => typeof one === "string");
}

function isWordOrObject(one: unknown): boolean {
  return typeof one === "string" || kindOf(one) === "object";
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "list" : typeof value;
}
