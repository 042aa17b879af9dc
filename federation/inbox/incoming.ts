import type { App } from "../../server/context.ts";
import type { ReceivedNote } from "../../server/domain/note.ts";
import type { Voucher } from "../../server/services/federation/inbox.ts";
import { PUBLIC_COLLECTION, visibilityOf, type Visibility } from "../../server/domain/visibility.ts";
import { iriOf, irisOf, isJson, sameOrigin, type Json } from "../reading/json.ts";
import type { Documents } from "../remote/documents.ts";
import { requireAnswer } from "../remote/away.ts";
import { followersOf, readNormalNote } from "../remote/remote.ts";

/** An authenticated activity in normal form: `actorUri` stands for it, it is its only actor, and `uri` is on its origin. */
export type Incoming = {
  readonly app: App;
  readonly documents: Documents;
  /** The one type word, exactly: a TentativeAccept is no Accept. */
  readonly type: string;
  readonly json: Json;
  readonly actorUri: string;
  /** Who passed it on, when that was not its actor. */
  readonly signerUri: string | null;
  readonly uri: string;
  /** The `object` by its id, embedded or not. */
  readonly objectUri: string | null;
  /** What it was taken for. */
  readonly voucher: Voucher;
  /** As it came: what proofs are over. */
  readonly document: Json;
};

/** Does what an activity means. Runs at least once; throws only what is worth another try. */
export type Listener = (incoming: Incoming) => Promise<void>;

/** What came embedded as `object`, as it came: for reading, never for believing. Null when it is an id alone. */
export function embeddedObject({ json }: Incoming): Json | null {
  const object = json["object"];
  return isJson(object) ? object : null;
}

/** The note that came with the activity, if its author sent it: exact author, id on the author's origin (FEP-fe34). */
export async function embeddedNote(incoming: Incoming): Promise<ReceivedNote | null> {
  const { app, documents, actorUri } = incoming;
  const object = embeddedObject(incoming);
  if (object === null || object["attributedTo"] === undefined) return null;
  const note = await readNormalNote(documents, app.clock.now(), object);
  return note !== null && note.authorUri === actorUri && note.uri === incoming.objectUri ? note : null;
}

/**
 * The note at its own origin, when it came as an id alone or embedded by somebody who is not its author.
 * @throws remote_failed when its origin does not answer now
 */
export async function fetchedNote(incoming: Incoming): Promise<ReceivedNote | null> {
  const { app, documents, objectUri, actorUri } = incoming;
  if (objectUri === null) return null;
  const object = embeddedObject(incoming);
  // An embedded object of the sender that is no note to us will not become one by asking again.
  if (object !== null && sameOrigin(objectUri, actorUri) && iriOf(object["attributedTo"]) === actorUri)
    return null;
  const note = await app.remote.fetchNote(objectUri);
  if (note === null) await requireAnswer(documents, objectUri);
  return note;
}

/** Who may see what an activity did, from the activity's own audience. @throws AuthorUnreachable */
export async function visibilityOfActivity({ json, documents, actorUri }: Incoming): Promise<Visibility> {
  const to = irisOf(json["to"]);
  const cc = irisOf(json["cc"]);
  const isPublic = to.includes(PUBLIC_COLLECTION) || cc.includes(PUBLIC_COLLECTION);
  return visibilityOf({ to, cc, followersUri: isPublic ? null : await followersOf(documents, actorUri) });
}
