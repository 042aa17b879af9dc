import type { App } from "../../server/context.ts";
import { CausewayError } from "../../server/errors.ts";
import { hasLeft } from "../../server/services/accounts/departures.ts";
import { carryOut, type TakenActivity } from "../../server/services/federation/inbox.ts";
import type { JobHandler } from "../../server/store/jobs.ts";
import { log } from "../log.ts";
import { payloadNumber } from "../payload.ts";
import { iriOf, isJson, typesOf, webAddress } from "../reading/json.ts";
import { toNormal } from "../reading/normal.ts";
import type { Documents } from "../remote/documents.ts";
import { forward } from "./forwarding.ts";
import { confirmed } from "./hints.ts";
import type { Listener } from "./incoming.ts";
import type { KeyRing } from "./keys.ts";
import { onFeatureRequest } from "./listeners/collections.ts";
import { onFlag } from "./listeners/flags.ts";
import { onInteractionRequest } from "./listeners/interactions.ts";
import { onMove } from "./listeners/moves.ts";
import { onAddToCollection, onGroupAnnounce } from "./listeners/groups.ts";
import { onRemove } from "./listeners/pins.ts";
import { onFollow, onAccept, onReject } from "./listeners/follows.ts";
import { onCreate, onDelete, onUpdate } from "./listeners/notes.ts";
import { onBlock, onLike, onUndo } from "./listeners/reactions.ts";

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
  ["EmojiReact", onLike],
  ["Announce", onGroupAnnounce],
  ["Block", onBlock],
  ["QuoteRequest", onInteractionRequest],
  ["ReplyRequest", onInteractionRequest],
  ["LikeRequest", onInteractionRequest],
  ["FeatureRequest", onFeatureRequest],
  ["AnnounceRequest", onInteractionRequest],
  ["Flag", onFlag],
  ["Add", onAddToCollection],
  ["Remove", onRemove],
  ["Move", onMove],
]);

/** Makes the job "inbox": what an accepted activity means. Runs at least once; every service behind it is idempotent. */
export function createInboxJob(documents: Documents, ring: KeyRing): JobHandler {
  return (app, payload) =>
    carryOut(app, payloadNumber(payload, "inboxId"), (unhurried, taken) =>
      listen(unhurried, documents, ring, taken),
    );
}

async function listen(
  app: App,
  documents: Documents,
  ring: KeyRing,
  { body, actorUri, voucher, signerUri }: TakenActivity,
): Promise<void> {
  const raw: unknown = JSON.parse(body);
  const json = isJson(raw) ? await toNormal(raw) : null;
  const uri = json === null ? null : webAddress(iriOf(json["id"]));
  if (json === null || uri === null) return;
  const [type] = typesOf(json);
  const listener = type === undefined ? undefined : LISTENERS.get(type);
  if (type === undefined || listener === undefined) return;
  // Somebody who left may come back by their profile alone.
  if (type !== "Update" && type !== "Delete" && (await hasLeft(app, actorUri))) return;
  try {
    const incoming = {
      app,
      documents,
      type,
      json,
      actorUri,
      signerUri,
      uri,
      objectUri: webAddress(iriOf(json["object"])),
    };
    const believed = voucher === "ld-signature" ? await confirmed(incoming) : incoming;
    if (believed === null) return;
    await listener(believed);
    if (isJson(raw)) await forward(incoming, ring, { json: raw, body });
  } catch (error) {
    if (!isFinal(error)) throw error;
    log.info("inbox activity {uri} not taken: {kind}", { uri, kind: error.kind });
  }
}

/** What is forbidden, missing or malformed stays so; only failures of the network and of ours are worth another try. */
function isFinal(error: unknown): error is CausewayError {
  return error instanceof CausewayError && error.kind !== "remote_failed" && error.kind !== "unavailable";
}
