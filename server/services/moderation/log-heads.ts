import { createPublicKey } from "node:crypto";
import { type App } from "../../context.ts";
import type { LogHead } from "../../domain/moderation-log.ts";
import { toDidKey } from "../../lifeboat/did-key.ts";
import { addProof, type Signed } from "../../lifeboat/proofs.ts";
import { auditEnd } from "../../store/audit.ts";
import { fromJson, toJson } from "../../store/codec.ts";
import { newestHead, newestLine, putHead } from "../../store/moderation-log.ts";
import { getInstanceActorId } from "../accounts/settings.ts";
import { instanceSigner, proofTime } from "../standbys/agreements.ts";
import { multibaseOf } from "./log-proof.ts";

const DAY = 86_400_000;

/** Address of the public log. */
export function logAddress(app: App): string {
  return `${app.config.origin}/moderation/log`;
}

/**
 * Signs the end of the log with the instance actor's key when there are lines that no head vouches for, and once a day when
 * there are none: whoever keeps a head can tell later whether anything was rewritten. Returns the newest head, or null for
 * an empty log.
 */
export async function signHead(app: App): Promise<Signed | null> {
  const line = await newestLine(app.db);
  if (line === undefined) return null;
  const known = await newestHead(app.db);
  const now = app.clock.now();
  if (known !== undefined && known.seq === line.seq && now - known.created_at < DAY)
    return fromJson<Signed>(known.document, {});
  const audited = await auditEnd(app.db);
  const created = proofTime(now);
  const head: LogHead = {
    type: "ModerationLogHead",
    v: 1,
    log: logAddress(app),
    actor: app.uris.actor(await getInstanceActorId(app)),
    seq: line.seq,
    hash: line.hash,
    audit: audited === undefined ? null : auditMark(app, audited),
    created,
  };
  const document = addProof(head, await instanceSigner(app), created);
  await putHead(app.db, { seq: line.seq, document: toJson(document), created_at: now });
  return document;
}

/** What a public head says of the audit log: nobody without this server's key can try guesses against it. */
export function auditMark(app: App, end: { readonly seq: number; readonly hash: string }): string {
  return `${end.seq}:${app.vault.mac(`${end.seq}:${end.hash}`, "audit-head")}`;
}

/** The newest head as it was signed; null when there is none yet. */
export async function latestHead(app: App): Promise<Signed | null> {
  const row = await newestHead(app.db);
  return row === undefined ? null : fromJson<Signed>(row.document, {});
}

/** The instance actor and its Ed25519 public key (multibase), which heads are signed with. */
export async function logKey(app: App): Promise<{ readonly actor: string; readonly key: string }> {
  const { privateKey } = await instanceSigner(app);
  return {
    actor: app.uris.actor(await getInstanceActorId(app)),
    key: multibaseOf(toDidKey(createPublicKey(privateKey))),
  };
}
