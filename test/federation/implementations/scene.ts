import type { ActorId } from "../../../server/domain/ids.ts";
import type { NoteView } from "../../../server/domain/note.ts";
import type { NotificationView } from "../../../server/domain/notification.ts";
import { findActorIdByUri } from "../../../server/services/actors/actors.ts";
import { followActor } from "../../../server/services/relations/follows.ts";
import { listNotifications } from "../../../server/services/notifications/notifications.ts";
import { search } from "../../../server/services/search.ts";
import { viewNote } from "../../../server/services/threads/threads.ts";
import { notePath } from "../../../web/paths.ts";
import { aMember, aNote, createInstance, type Member, type TestInstance } from "../../support/instance.ts";
import { drain } from "../../support/network.ts";
import { joinSoftware, type Json, type Software } from "./software.ts";

/** An instance with alice, a public note of hers, and a server of another kind that knows both. */
export type Scene = {
  readonly here: TestInstance;
  readonly alice: Member;
  readonly note: NoteView;
  readonly them: Software;
  close(): Promise<void>;
};

/** Sets the scene for a fixture. */
export async function aScene(fixture: string, environment: Record<string, string> = {}): Promise<Scene> {
  const here = await createInstance({ host: "here.test", environment });
  const alice = await aMember(here, "alice");
  const note = await aNote(here, { by: alice.viewer, source: "What grows where you live?", language: "en" });
  await drain(here);
  const them = await joinSoftware(here, fixture);
  them.words.set("alice", here.app.uris.actor(alice.viewer.actorId));
  them.words.set("note", note.uri);
  return { here, alice, note, them, close: () => here.close() };
}

/** Sends a document and lets the instance do what follows from it. */
export async function sendAndDrain({ here, them }: Scene, document: string | Json): Promise<number> {
  const status = await them.send(document);
  await drain(here);
  return status;
}

/** Alice follows whom the fixture says, and its Accept comes back; gives the followed actor's id. */
export async function aliceFollows(scene: Scene): Promise<ActorId> {
  const { here, alice, them } = scene;
  const uri = them.followed ?? them.actor;
  const [actor] = (await search(here.app, alice.viewer, uri)).actors;
  if (actor === undefined) throw new Error(`${uri} was not found.`);
  await followActor(here.app, alice.viewer, actor.id);
  await drain(here);
  const follow = them.received.findLast((one) => one.json["type"] === "Follow");
  them.words.set("follow", String(follow?.json["id"]));
  return actor.id;
}

/** The id of an actor that is known here. */
export async function actorId({ here }: Scene, uri: string): Promise<ActorId> {
  const id = await findActorIdByUri(here.app, uri);
  if (id === null) throw new Error(`${uri} is not known.`);
  return id;
}

/** A note as alice sees it, by its uri; null when she does not. */
export async function noteAt({ here, alice }: Scene, uri: string): Promise<NoteView | null> {
  const row = await here.database.db
    .selectFrom("notes")
    .select("id")
    .where("uri", "=", uri)
    .where("deleted_at", "is", null)
    .executeTakeFirst();
  return row === undefined ? null : await viewNote(here.app, alice.viewer, row.id as NoteView["id"]);
}

/** The same for one that has to be there. */
export async function theNoteAt(scene: Scene, uri: string): Promise<NoteView> {
  const note = await noteAt(scene, uri);
  if (note === null) throw new Error(`${uri} is not here.`);
  return note;
}

/** Alice's note as she sees it now. */
export async function herNote({ here, alice, note }: Scene): Promise<NoteView> {
  return await viewNote(here.app, alice.viewer, note.id);
}

/** What alice was told, newest first. */
export async function told({ here, alice }: Scene): Promise<readonly NotificationView[]> {
  return (await listNotifications(here.app, alice.viewer, {})).items;
}

/** The page of a note as alice's browser shows it, character references resolved. */
export async function notePage(scene: Scene, note: NoteView): Promise<string> {
  return await page(scene, notePath(note));
}

/** A page as alice's browser shows it, character references resolved. */
export async function page({ here, alice }: Scene, path: string): Promise<string> {
  const response = await here.request(path, {
    headers: { accept: "text/html", cookie: `__Host-session=${alice.sessionToken}` },
  });
  if (response.status !== 200) throw new Error(`${path} answered ${response.status}`);
  return (await response.text())
    .replaceAll(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)))
    .replaceAll("&quot;", '"')
    .replaceAll("&amp;", "&");
}
