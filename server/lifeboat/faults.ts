import { CausewayError } from "../errors.ts";

/** Why a file is not taken as a lifeboat. Each has its sentence in the catalogues, `lifeboat_fault.…`. */
export type LifeboatFault =
  | "not_lifeboat"
  | "needs_passphrase"
  | "needs_phrase"
  | "wrong_secret"
  | "seal_broken"
  | "seal_broken_in"
  | "truncated"
  | "altered"
  | "missing"
  | "extra"
  | "twice"
  | "kind"
  | "name"
  | "too_many_files"
  | "too_large"
  | "line_too_long"
  | "newer"
  | "proof"
  | "foreign_proof"
  | "foreign_note"
  | "note_proof"
  | "counts";

/** The error that says so. `file` and other words come from the file itself, so they are cut and cleaned. */
export function lifeboatFault(
  fault: LifeboatFault,
  params: Readonly<Record<string, string | number>> = {},
  cause?: unknown,
): CausewayError {
  const clean = Object.entries(params).map(([name, value]) => [
    name,
    typeof value === "string" ? value.replace(/[^\x20-\x7e]/g, "?").slice(0, 120) : value,
  ]);
  return new CausewayError("invalid", `lifeboat_fault.${fault}`, {
    params: Object.fromEntries(clean) as Record<string, string | number>,
    ...(cause === undefined ? {} : { cause }),
  });
}

/** True for a fault of the file, as against a fault of the machine. */
export function isLifeboatFault(error: unknown): error is CausewayError {
  return error instanceof CausewayError && error.key.startsWith("lifeboat_fault.");
}
