import type { App } from "../../server/context.ts";
import { CausewayError } from "../../server/errors.ts";
import { finishInbox, takeFromInbox } from "../../server/services/deliveries.ts";
import type { JobHandler } from "../../server/store/jobs.ts";
import { log } from "../log.ts";
import { payloadNumber } from "../payload.ts";
import { iriOf, isJson, typesOf, webAddress } from "../reading/json.ts";
import { toNormal } from "../reading/normal.ts";
import type { Documents } from "../remote/documents.ts";
import type { Listener } from "./incoming.ts";
import { onFollow, onAccept, onReject } from "./listeners/follows.ts";
import { onCreate, onDelete, onUpdate } from "./listeners/notes.ts";
import { onAnnounce, onBlock, onLike, onUndo } from "./listeners/reactions.ts";

/** What we understand, by its exact type. Everything else is finished unread. */
const LISTENERS: ReadonlyMap<string, Listener> = new Map<string, Listener>([
  ["Follow", onFollow],
  ["Accept", onAccept],
  ["Reject", onReject],
  ["Undo", onUndo],
  ["Create", onCreate],
  ["Update", onUpdate],
  ["Delete", onDelete],
  ["Like", onLike],
  // Pleroma's reaction is a like for those who know no emoji (FEP-c0e0).
  ["EmojiReact", onLike],
  ["Announce", onAnnounce],
  ["Block", onBlock],
]);

/** Makes the job "inbox": what an accepted activity means. Runs at least once; every service behind it is idempotent. */
export function createInboxJob(documents: Documents): JobHandler {
  return async (app, payload) => {
    const inboxId = payloadNumber(payload, "inboxId");
    const taken = await takeFromInbox(app, inboxId);
    if (taken === null) return;
    await listen(app, documents, taken.body, taken.actorUri);
    await finishInbox(app, inboxId);
  };
}

async function listen(app: App, documents: Documents, body: string, actorUri: string): Promise<void> {
  const raw: unknown = JSON.parse(body);
  const json = isJson(raw) ? await toNormal(raw) : null;
  const uri = json === null ? null : webAddress(iriOf(json["id"]));
  if (json === null || uri === null) return;
  const [type] = typesOf(json);
  const listener = type === undefined ? undefined : LISTENERS.get(type);
  if (type === undefined || listener === undefined) return;
  try {
    await listener({
      app,
      documents,
      type,
      json,
      actorUri,
      uri,
      objectUri: webAddress(iriOf(json["object"])),
    });
  } catch (error) {
    if (!isFinal(error)) throw error;
    log.info("inbox activity {uri} not taken: {kind}", { uri, kind: error.kind });
  }
}

/** What is forbidden, missing or malformed stays so; only failures of the network and of ours are worth another try. */
function isFinal(error: unknown): error is CausewayError {
  return error instanceof CausewayError && error.kind !== "remote_failed" && error.kind !== "unavailable";
}
