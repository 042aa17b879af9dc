import type { App } from "../../server/context.ts";
import type { NoteId } from "../../server/domain/ids.ts";
import { isBlockedHost } from "../../server/services/moderation/domains.ts";
import { maySignerSeeNote } from "../../server/services/moderation/fetch-policy.ts";
import { readerOf, type Reader } from "../../server/services/threads/conversations.ts";
import { hostOf } from "../reading/json.ts";
import type { DoorData } from "./door.ts";

/**
 * Who reads this answer: the actor that signed, unless its host is blocked. What a signature may have changed is the
 * signer's alone, so that no cache hands it on (CVE-2026-25540).
 */
export async function readerOfRequest(data: DoorData): Promise<Reader> {
  const signer = await data.signer();
  if (signer === null || (await isBlockedHost(data.app, hostOf(signer) ?? ""))) return { actorId: null };
  data.isPrivate = true;
  return readerOf(data.app, signer);
}

/** True when whoever signed this request may see a note; nobody without a signature, nobody of a blocked host. */
export async function maySignerSee(app: App, signerOf: DoorData["signer"], noteId: NoteId): Promise<boolean> {
  const signer = await signerOf();
  if (signer === null || (await isBlockedHost(app, hostOf(signer) ?? ""))) return false;
  return maySignerSeeNote(app, signer, noteId);
}
