/** Why the database does not do what it is asked, when it is no mistake of the statement. */
export type StorageFault = "full" | "busy" | "read_only" | "away" | "damaged";

/**
 * What a failure of either database means, or null when it is none of the storage: codes of SQLite (sqlite.org/rescode.html),
 * SQLSTATEs of PostgreSQL (Appendix A) and of the system below them. Looks into causes.
 */
export function storageFaultOf(error: unknown): StorageFault | null {
  let one: unknown = error;
  for (let depth = 0; depth < DEEPEST && one instanceof Error; depth++) {
    const code = "code" in one && typeof one.code === "string" ? one.code : "";
    const fault = CODES.find(([pattern]) => pattern.test(code))?.[1] ?? null;
    if (fault !== null) return fault;
    // node-postgres gives no code when no connection of the pool came free, or when one broke off.
    if (/^(?:timeout exceeded when trying to connect|Connection terminated)/.test(one.message)) return "away";
    one = one.cause;
  }
  return null;
}

/** True when another process holds the write lock of the SQLite file. */
export function isLockedOut(error: unknown): boolean {
  return error instanceof Error && "code" in error && /^SQLITE_(?:BUSY|LOCKED)/.test(String(error.code));
}

const DEEPEST = 4;

const CODES: readonly (readonly [RegExp, StorageFault])[] = [
  [/^(?:SQLITE_FULL|53100|ENOSPC|EDQUOT|EFBIG)$/, "full"],
  [/^(?:SQLITE_(?:BUSY|LOCKED|PROTOCOL)(?:_\w+)?|55P03|57014|40001|40P01)$/, "busy"],
  [/^(?:SQLITE_(?:READONLY(?:_\w+)?|PERM|CANTOPEN(?:_\w+)?)|25006|EROFS)$/, "read_only"],
  [/^(?:SQLITE_(?:CORRUPT(?:_\w+)?|NOTADB|IOERR(?:_\w+)?)|EIO|XX00[12])$/, "damaged"],
  [/^(?:08\w{3}|57P0\d|53[23]00|E(?:CONNREFUSED|CONNRESET|PIPE|TIMEDOUT|NOTFOUND|HOSTUNREACH))$/, "away"],
];
