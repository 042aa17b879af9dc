/**
 * Something the person at the terminal can mend: printed as one sentence without a stack trace. `exitCode` is what the
 * process ends with (docs/operating.md, exit codes).
 */
export class OperatorFault extends Error {
  readonly exitCode: number;

  constructor(sentence: string, exitCode = 1, options: ErrorOptions = {}) {
    super(sentence, options);
    this.name = "OperatorFault";
    this.exitCode = exitCode;
  }
}

/** Code of a system or database error such as `EADDRINUSE`, or an empty string. */
export function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

/** What an error says, for a sentence; connection errors of several addresses have it one level down. */
export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === "") return error.errors.map(reasonOf).join("; ");
  return error instanceof Error ? error.message || codeOf(error) || error.name : String(error);
}
