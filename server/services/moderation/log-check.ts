import { createPublicKey, hash } from "node:crypto";
import { z } from "zod";
import type { App } from "../../context.ts";
import { canonicalJson } from "../../domain/canonical-json.ts";
import { fromJson } from "../../store/codec.ts";
import { listHeads, walkLines } from "../../store/moderation-log.ts";
import { getInstanceActorId } from "../accounts/settings.ts";
import { instanceSigner } from "../standbys/agreements.ts";
import {
  checkLog,
  type LogFault,
  LoggedHead,
  LoggedLine,
  type LogSigner,
  type LogSummary,
} from "./log-proof.ts";

const PORTION = 500;

export type LogVerdict = { readonly fault: LogFault | null; readonly summary: LogSummary };

/** Checks the log of this server's database: every line, every signed head, in one walk. */
export async function verifyLog(app: App): Promise<LogVerdict> {
  const check = checkLog(await ownSigner(app));
  for await (const piece of databasePieces(app)) {
    const fault = piece.type === "line" ? check.line(piece.value) : check.head(piece.value);
    if (fault !== null) return { fault, summary: check.summary() };
  }
  return { fault: check.end(), summary: check.summary() };
}

async function ownSigner(app: App): Promise<LogSigner> {
  const { privateKey } = await instanceSigner(app);
  return { actor: app.uris.actor(await getInstanceActorId(app)), key: createPublicKey(privateKey) };
}

/** A line or a head, as it lies in a file or in the database. */
export type LogPiece = { readonly type: "line" | "head"; readonly value: unknown };

/** Lines and heads of the database in the order of a file. */
export async function* databasePieces(app: App): AsyncGenerator<LogPiece> {
  let after = 0;
  for (;;) {
    const rows = await walkLines(app.db, after, PORTION);
    const upTo = rows.length < PORTION ? Number.MAX_SAFE_INTEGER : (rows.at(-1)?.seq ?? 0);
    const heads = await listHeads(app.db, { after, upTo });
    for (const row of rows) {
      yield {
        type: "line",
        value: { type: "line", line: fromJson<unknown>(row.body, null), hash: row.hash },
      };
      for (const head of heads.filter(({ seq }) => seq === row.seq)) yield headPiece(head.document);
    }
    const last = rows.at(-1)?.seq ?? after;
    for (const head of heads.filter(({ seq }) => seq > last)) yield headPiece(head.document);
    if (rows.length < PORTION) return;
    after = last;
  }
}

function headPiece(document: string): LogPiece {
  return { type: "head", value: fromJson<unknown>(document, null) };
}

const LogFileHeader = z.object({
  type: z.literal("log"),
  v: z.literal(1),
  log: z.url().max(2_048),
  actor: z.url().max(2_048),
  key: z.string().max(200),
});

/** What the first line of an exported file says about it; null for any other line. */
export function headerOf(value: unknown): z.infer<typeof LogFileHeader> | null {
  const parsed = LogFileHeader.safeParse(value);
  return parsed.success ? parsed.data : null;
}

/**
 * Checks a log as it was exported, without an instance. Heads among the lines are held against them; `signer` null: nobody
 * vouches for the signatures.
 */
export async function verifyLogFile(
  pieces: AsyncIterable<LogPiece>,
  signer: LogSigner | null,
): Promise<LogVerdict> {
  const check = checkLog(signer);
  for await (const { type, value } of pieces) {
    const fault = type === "line" ? check.line(value) : check.head(value);
    if (fault !== null) return { fault, summary: check.summary() };
  }
  return { fault: check.end(), summary: check.summary() };
}

/**
 * Holds a later copy of a log against an earlier one: the first line of the earlier one that the later one does not have, or
 * has in another way. Heads of the earlier copy count too. Null: nothing was removed or changed.
 */
export async function compareLogs(
  earlier: AsyncIterable<LogPiece>,
  later: AsyncIterable<LogPiece>,
): Promise<LogFault | null> {
  const now = hashesOf(linesOnly(later));
  let last = 0;
  let found = "";
  let asked = 0;
  for await (const [seq, known] of hashesOf(earlier)) {
    // A head that stands behind lines that were compared already.
    if (seq < asked) continue;
    asked = seq;
    while (last < seq) {
      const next = await now.next();
      if (next.done === true) break;
      [last, found] = next.value;
    }
    if (last !== seq) return { seq, kind: "missing", sentence: `line ${seq} was there, and is missing now` };
    if (found !== known) return { seq, kind: "changed", sentence: `line ${seq} was another one` };
  }
  return null;
}

async function* linesOnly(pieces: AsyncIterable<LogPiece>): AsyncGenerator<LogPiece> {
  for await (const piece of pieces) if (piece.type === "line") yield piece;
}

/** Number and hash of each line, computed from what it says rather than from what it claims; and what heads say. */
async function* hashesOf(pieces: AsyncIterable<LogPiece>): AsyncGenerator<readonly [number, string]> {
  for await (const { type, value } of pieces) {
    if (type === "head") {
      const head = LoggedHead.safeParse(value);
      if (head.success) yield [head.data.seq, head.data.hash];
      continue;
    }
    const parsed = LoggedLine.safeParse(value);
    if (parsed.success) yield [parsed.data.line.seq, hash("sha256", canonicalJson(parsed.data.line))];
  }
}

/** A line of an exported file as a piece; null for the header and for what is neither. */
export function pieceOf(value: unknown): LogPiece | null {
  if (typeof value !== "object" || value === null || !("type" in value)) return null;
  if (value.type === "line") return { type: "line", value };
  return LoggedHead.shape.type.safeParse(value.type).success ? { type: "head", value } : null;
}
