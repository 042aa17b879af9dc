import type { App } from "../../server/context.ts";
import { CausewayError } from "../../server/errors.ts";
import { hasLeft } from "../../server/services/accounts/departures.ts";
import {
  carryOut,
  type Handling,
  mayHold,
  type TakenActivity,
} from "../../server/services/federation/inbox.ts";
import { standingOf } from "../../server/services/identities/pins.ts";
import type { JobHandler } from "../../server/store/jobs.ts";
import { log } from "../log.ts";
import { payloadNumber } from "../payload.ts";
import { iriOf, isJson, typesOf, webAddress } from "../reading/json.ts";
import { toNormal } from "../reading/normal.ts";
import type { Documents } from "../remote/documents.ts";
import { forward } from "./forwarding.ts";
import { confirmed } from "./hints.ts";
import type { Incoming, Listener } from "./incoming.ts";
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

/** What is not listened to while the followers of an actor decide whether they believe it. */
const HELD: ReadonlySet<string> = new Set(["Create", "Update", "Announce", "Add"]);

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
  taken: TakenActivity,
): Promise<Handling> {
  const { body, actorUri, voucher, signerUri } = taken;
  const raw: unknown = JSON.parse(body);
  const json = isJson(raw) ? await toNormal(raw) : null;
  const uri = json === null ? null : webAddress(iriOf(json["id"]));
  if (json === null || uri === null || !isJson(raw)) return "done";
  const [type] = typesOf(json);
  const listener = type === undefined ? undefined : LISTENERS.get(type);
  if (type === undefined || listener === undefined) return "done";
  const objectUri = webAddress(iriOf(json["object"]));
  const named = { app, documents, type, json, actorUri, signerUri, uri, objectUri };
  const incoming: Incoming = { ...named, voucher, document: raw };
  const waits = await waitsFor(incoming);
  if (waits !== null) return waits;
  try {
    const believed = voucher === "ld-signature" ? await confirmed(incoming) : incoming;
    if (believed === null) return "done";
    await listener(believed);
    await forward(incoming, ring, { json: raw, body });
    return "done";
  } catch (error) {
    if (voucher !== "notice" && !isFinal(error)) throw error;
    log.info("inbox activity {uri} not taken: {error}", { uri, error: kindOf(error) });
    // A Move may come before the new home says that it is one: somebody who got hold of it must not use it up that way.
    return type === "Move" ? "forgotten" : "done";
  }
}

/** What becomes of an activity whose actor is not listened to now; null for all others. */
async function waitsFor({ app, type, actorUri, objectUri }: Incoming): Promise<Handling | null> {
  const standing = await standingOf(app, actorUri);
  // Somebody who left may come back by their profile alone; one who was never here may have said so.
  const isFarewell = type === "Update" || type === "Delete";
  if (standing === "gone" || (standing === "unknown" && !isFarewell && (await hasLeft(app, actorUri))))
    return isFarewell ? null : "done";
  if (standing !== "frozen" || !HELD.has(type) || objectUri === actorUri) return null;
  return (await mayHold(app, actorUri)) ? "held" : "forgotten";
}

function kindOf(error: unknown): string {
  return error instanceof CausewayError ? error.kind : "fault";
}

/** What is forbidden, missing or malformed stays so; only failures of the network and of ours are worth another try. */
function isFinal(error: unknown): error is CausewayError {
  return error instanceof CausewayError && error.kind !== "remote_failed" && error.kind !== "unavailable";
}
