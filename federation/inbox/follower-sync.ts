import type { App } from "../../server/context.ts";
import { fromSyncHeader } from "../../server/domain/follower-digest.ts";
import { noticeFollowerDigest } from "../../server/services/relations/follower-sync.ts";
import { sameOrigin, webAddress } from "../reading/json.ts";

const HEADER = "collection-synchronization";

/**
 * What an accepted delivery says about the sender's followers here (FEP-8fcf). Only believed if the signature covers the
 * header, and only as a reason to look: the list itself is read at the sender's origin.
 */
export async function noticeFollowerSync(
  app: App,
  actorUri: string,
  header: (name: string) => string | null,
): Promise<void> {
  const value = header(HEADER);
  if (value === null || !isCovered(header)) return;
  const sync = fromSyncHeader(value);
  const collectionUri = webAddress(sync?.collectionId);
  const url = webAddress(sync?.url);
  if (sync === null || collectionUri === null || url === null || !sameOrigin(url, actorUri)) return;
  await noticeFollowerDigest(app, { actorUri, collectionUri, url, digest: sync.digest });
}

function isCovered(header: (name: string) => string | null): boolean {
  const input = header("signature-input");
  if (input !== null)
    return [...input.matchAll(/"([^"]*)"/g)].some((match) => match[1]?.toLowerCase() === HEADER);
  const names = /\bheaders="([^"]*)"/.exec(header("signature") ?? "")?.[1] ?? "";
  return names.toLowerCase().split(" ").includes(HEADER);
}
