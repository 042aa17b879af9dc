import { followActor, receiveAccept } from "../../server/services/relations/follows.ts";
import type { Viewer } from "../../server/domain/actor.ts";
import type { NoteId } from "../../server/domain/ids.ts";
import { listNotifications } from "../../server/services/notifications/notifications.ts";
import { receiveNote } from "../../server/services/notes/received-notes.ts";
import type { Database } from "../../server/store/database.ts";
import { findFollow } from "../../server/store/follows.ts";
import { aMember, createInstance } from "./instance.ts";
import { aReceivedNote, aRemoteActor, type RemoteActor } from "./remote.ts";

/** An instance with a member `mei` that knows two actors of another server, `far` and `eve`; the caller stops it. */
export async function aReceiver(database: Database) {
  const instance = await createInstance({ database });
  const { app, clock } = instance;
  const { viewer: mei } = await aMember(instance, "mei");
  const far = await aRemoteActor(instance, "far");
  const eve = await aRemoteActor(instance, "eve");
  const uri = (viewer: Viewer) => app.uris.actor(viewer.actorId);
  /** `mei` follows somebody, who accepted. */
  const follow = async (target: RemoteActor) => {
    await followActor(app, mei, target.id);
    const row = await findFollow(app.db, mei.actorId, target.id);
    await receiveAccept(app, { actorUri: target.uri, followUri: row?.uri ?? "", follow: null });
  };
  const told = async (viewer = mei) =>
    (await listNotifications(app, viewer, {})).items.map((item) => item.kind);
  /** A note of `far` that is here because it names mei. */
  const receive = async (name: string, change: Parameters<typeof aReceivedNote>[2] = {}): Promise<NoteId> => {
    const id = await receiveNote(
      app,
      aReceivedNote(far, name, { mentionUris: [uri(mei)], ...change }),
      "delivered",
    );
    if (id === null) throw new Error(`${name} was not kept`);
    return id;
  };
  return { instance, app, clock, mei, far, eve, uri, follow, told, receive };
}

/** The same ten times at once, as servers that retry too eagerly do. */
export function tenTimes<T>(work: () => Promise<T>): Promise<readonly T[]> {
  return Promise.all(Array.from({ length: 10 }, work));
}
