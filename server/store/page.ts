/** Where a list query starts. Ids are cursors; `before` walks to older rows, `after` to newer ones. */
export type Cursor = {
  readonly before?: number | undefined;
  readonly after?: number | undefined;
  readonly limit: number;
};

/** Rows newest first, and whether more lie in the direction of the walk. */
export type Rows<T> = { readonly rows: readonly T[]; readonly more: boolean };

/** Clamps a requested page to 1..`max` rows (threats OAU-11). */
export function cursorOf(
  request: {
    readonly before?: number | undefined;
    readonly after?: number | undefined;
    readonly limit?: number | undefined;
  },
  standard = 20,
  max = 80,
): Cursor {
  const limit = Math.min(Math.max(Math.trunc(request.limit ?? standard) || standard, 1), max);
  return { before: request.before, after: request.after, limit };
}

/** True when rows must be read oldest first: only `after` is given. */
export function ascending(cursor: Cursor): boolean {
  return cursor.after !== undefined && cursor.before === undefined;
}

/** Cuts the one extra row that a query asked for, and puts the rest newest first. */
export function cut<T>(found: readonly T[], cursor: Cursor): Rows<T> {
  const rows = found.slice(0, cursor.limit);
  return { rows: ascending(cursor) ? rows.toReversed() : rows, more: found.length > cursor.limit };
}
