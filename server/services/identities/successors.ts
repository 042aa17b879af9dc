import type { App } from "../../context.ts";
import { SuccessorNotice } from "../../domain/lifeboat.ts";
import { CausewayError } from "../../errors.ts";
import { didKeyMethod, fromDidKey } from "../../lifeboat/did-key.ts";
import { isProvedBy, type Signed } from "../../lifeboat/proofs.ts";
import type { ActorRow } from "../../store/actors.ts";
import { fromJson } from "../../store/codec.ts";
import { findLocalDid, findOwnNotice } from "../../store/pinned-identities.ts";
import { isBlockedHost } from "../moderation/domains.ts";

/** Where servers say who lives with them now: `?uri=` with the old actor. */
export const SUCCESSOR_PATH = "/.well-known/causeway/successor";
const MAX_BYTES = 64 * 1024;

/** A move to be proved: what the old actor's did:key was, where to, and the Move as it came. */
export type ClaimedMove = {
  readonly did: string;
  readonly from: ActorRow;
  readonly to: ActorRow;
  readonly document: Signed | null;
};

/**
 * True when the did:key that somebody was seen with stands behind their move: it signed the Move itself, the new home's
 * profile (FEP-c390), or the notice that the new home's server has.
 * @throws CausewayError remote_failed when that server does not answer
 */
export async function isMoveProved(app: App, claim: ClaimedMove): Promise<boolean> {
  const { did, from, to, document } = claim;
  if (document !== null && isSignedBy(document, did)) return true;
  const newDid = to.host === "" ? await findLocalDid(app.db, to.id) : to.frozen_at === null ? to.did : null;
  if (newDid === did) return true;
  const notice = to.host === "" ? await ownNotice(app, from.uri) : await fetchNotice(app, from.uri, to.uri);
  return notice !== null && isNoticeOf(notice, claim);
}

/** A notice says who moved where, and is signed by the did:key that it names. */
function isNoticeOf(notice: Signed, { did, from, to }: ClaimedMove): boolean {
  const read = SuccessorNotice.safeParse(notice);
  if (!read.success) return false;
  const { old, new: home, subject } = read.data;
  return old === from.uri && home === to.uri && subject === did && isSignedBy(notice, did);
}

/** Proofs name a did:key by itself (FEP-c390) or with its one method. */
function isSignedBy(document: Signed, did: string): boolean {
  const key = fromDidKey(did);
  return key !== null && [did, didKeyMethod(did)].some((method) => isProvedBy(document, method, key));
}

async function ownNotice(app: App, oldUri: string): Promise<Signed | null> {
  return fromJson<Signed | null>(await findOwnNotice(app.db, oldUri), null);
}

async function fetchNotice(app: App, oldUri: string, newUri: string): Promise<Signed | null> {
  const { origin, host } = new URL(newUri);
  if (await isBlockedHost(app, host)) return null;
  const url = `${origin}${SUCCESSOR_PATH}?uri=${encodeURIComponent(oldUri)}`;
  try {
    const answer = await app.http.fetch({
      url,
      headers: { accept: "application/json" },
      maxBytes: MAX_BYTES,
      maxRedirects: 0,
    });
    if (answer.status >= 500) throw new CausewayError("remote_failed", "error.remote_failed");
    return answer.status === 200 ? parse(answer.body) : null;
  } catch {
    throw new CausewayError("remote_failed", "error.remote_failed");
  }
}

function parse(body: Uint8Array): Signed | null {
  try {
    const json: unknown = JSON.parse(new TextDecoder().decode(body));
    return typeof json === "object" && json !== null && !Array.isArray(json) ? (json as Signed) : null;
  } catch {
    return null;
  }
}
