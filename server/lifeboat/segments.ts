import { hash, type KeyObject } from "node:crypto";
import { SEGMENT_RECORDS, SegmentHeader, SegmentRecord } from "../domain/standby.ts";
import { addProof, isProvedBy, type ProofSigner } from "./proofs.ts";

// Segments of replication: lines of JSON, the header first, then records, last a proof over the header and the SHA-256 of all
// the records by the home's instance key. Each names the SHA-256 of the one before.

/** A segment as text, and its SHA-256 (hex) that the next one names. */
export type MadeSegment = { readonly text: string; readonly hash: string };

export type ReadSegment =
  | {
      readonly ok: true;
      readonly header: SegmentHeader;
      readonly records: readonly SegmentRecord[];
      readonly hash: string;
    }
  | { readonly ok: false; readonly reason: string };

/** Writes a segment; `lines` are the records, each as one line of JSON. `created` of the header dates the proof. */
export function makeSegment(
  header: SegmentHeader,
  lines: readonly string[],
  signer: ProofSigner,
): MadeSegment {
  const records = lines.map((line) => `${line}\n`).join("");
  const digest = hash("sha256", records);
  const { proof } = addProof({ ...header, records: digest }, signer, header.created);
  const text = `${JSON.stringify(header)}\n${records}${JSON.stringify({ records: digest, proof })}\n`;
  return { text, hash: hash("sha256", text) };
}

/** Reads a segment that says to be signed by this key; `fault` finds what is wrong with a line before it is parsed. */
export function readSegment(
  text: string,
  signer: { readonly verificationMethod: string; readonly key: KeyObject },
  fault: (line: string) => string | null,
): ReadSegment {
  if (!text.endsWith("\n")) return refused("The segment is cut off.");
  const lines = text.slice(0, -1).split("\n");
  if (lines.length < 2) return refused("The segment is cut off.");
  if (lines.length - 2 > SEGMENT_RECORDS) return refused("There are too many records.");
  for (const [index, line] of lines.entries()) {
    const found = fault(line);
    if (found !== null) return refused(`Line ${index + 1}: ${found}`);
  }
  const [header, ...rest] = lines.map((line) => JSON.parse(line) as unknown);
  const last = rest.pop();
  const parsed = SegmentHeader.strict().safeParse(header);
  if (!parsed.success) return refused("The header is none.");
  const body = lines
    .slice(1, -1)
    .map((line) => `${line}\n`)
    .join("");
  const digest = hash("sha256", body);
  if (!isObject(last) || last["records"] !== digest)
    return refused("The records are not those that were signed.");
  const signed = { ...parsed.data, records: digest, proof: last["proof"] };
  if (!isProvedBy(signed, signer.verificationMethod, signer.key))
    return refused("The proof does not fit, or is by another key.");
  const records: SegmentRecord[] = [];
  for (const [index, record] of rest.entries()) {
    const one = SegmentRecord.safeParse(record);
    if (!one.success) return refused(`Line ${index + 2} is no record.`);
    records.push(one.data);
  }
  return { ok: true, header: parsed.data, records, hash: hash("sha256", text) };
}

function refused(reason: string): ReadSegment {
  return { ok: false, reason };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
