/** A part of a file; `end` is included. */
export type ByteRange = { readonly start: number; readonly end: number };

/**
 * The one part of `size` bytes that a `Range` header asks for (RFC 9110, 14.2). `"whole"` when it asks for none, for several
 * (whoever asks for a thousand overlapping parts gets the file once, threats MED-10), or in a way that nobody understands.
 */
export function parseRange(header: string | undefined, size: number): ByteRange | "whole" | "unsatisfiable" {
  const [, first = "", last = ""] = /^bytes=(\d{0,15})-(\d{0,15})$/i.exec((header ?? "").trim()) ?? [];
  if (first === "" && last === "") return "whole";
  if (first === "") {
    const length = Math.min(Number(last), size);
    return length === 0 ? "unsatisfiable" : { start: size - length, end: size - 1 };
  }
  const start = Number(first);
  if (last !== "" && Number(last) < start) return "whole";
  if (start >= size) return "unsatisfiable";
  return { start, end: last === "" ? size - 1 : Math.min(Number(last), size - 1) };
}
