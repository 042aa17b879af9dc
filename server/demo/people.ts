import type { App } from "../context.ts";
import type { Viewer } from "../domain/actor.ts";
import { asId, type NoteId } from "../domain/ids.ts";
import type { NoteView } from "../domain/note.ts";
import { signUp } from "../services/accounts/accounts.ts";
import { updateGates } from "../services/accounts/gates.ts";
import { findRelationship } from "../services/actors/actors.ts";
import { followActor } from "../services/relations/follows.ts";
import { uploadImage } from "../services/media/attachments.ts";
import { createNote } from "../services/notes/notes.ts";
import { updateProfile } from "../services/accounts/profile.ts";
import { search } from "../services/search.ts";
import { findViewer } from "../services/accounts/sessions.ts";
import { completeSetUp, createSetupToken } from "../services/accounts/setup.ts";
import { homeTimeline } from "../services/timelines.ts";
import { OperatorFault } from "../ops/fault.ts";
import { drawLandscape, drawPortrait, type Palette } from "./pictures.ts";

/** The password of everybody in the demo: it listens on loopback only. */
export const DEMO_PASSWORD = "walk the causeway";

/** Somebody of the demo and the instance they live on. */
export type Person = { readonly app: App; readonly viewer: Viewer };
/** Longest wait for anything to travel between the two instances, ms. */
const TRAVEL_MS = 60_000;

/** Sets an empty instance up with its owner. */
export async function setUp(
  app: App,
  command: { readonly serverName: string; readonly username: string; readonly languages: readonly string[] },
): Promise<Person> {
  const token = await createSetupToken(app);
  if (token === null) throw new OperatorFault("This demo folder is in use already.");
  const { sessionToken } = await completeSetUp(app, token, {
    ...command,
    password: DEMO_PASSWORD,
    joinMode: "open",
  });
  const owner = await personOf(app, sessionToken);
  // The people of a story come in one after another and talk with strangers at once.
  await updateGates(app, owner.viewer, { openCheck: "none", probationHours: 0 });
  return owner;
}

/** Somebody joins. */
export async function join(app: App, username: string, languages: readonly string[]): Promise<Person> {
  const { sessionToken } = await signUp(app, {
    username,
    languages,
    password: DEMO_PASSWORD,
    acceptedRules: true,
    ip: "127.0.0.1",
    agent: "",
  });
  return await personOf(app, sessionToken);
}

async function personOf(app: App, sessionToken: string): Promise<Person> {
  const viewer = await findViewer(app, sessionToken);
  if (viewer === null) throw new Error("The demo's own session was not found.");
  return { app, viewer };
}

/** Gives somebody a name, a few words and pictures. */
export async function dress(
  person: Person,
  name: string,
  bioSource: string,
  palette: Palette,
  seed: number,
): Promise<void> {
  await updateProfile(person.app, person.viewer, {
    name,
    bioSource,
    discoverable: true,
    avatar: await drawPortrait(palette, seed),
    header: await drawLandscape(palette, seed + 1, { width: 1500, height: 500 }),
  });
}

/** One follows the other over HTTP and waits for the answer. */
export async function follow(one: Person, other: Person): Promise<void> {
  const handle = `@${other.viewer.username}@${other.app.config.handleHost}`;
  const found = await search(one.app, one.viewer, handle);
  const actor = found.actors[0];
  if (actor === undefined) throw new OperatorFault(`${handle} was not found from ${one.app.config.origin}.`);
  await followActor(one.app, one.viewer, asId(actor.id));
  await until(`${handle} accepts`, async () => {
    const { following } = await findRelationship(one.app, one.viewer, asId(actor.id));
    return following === "accepted" ? following : null;
  });
}

/** What a story has somebody post. */
export type Post = {
  readonly source: string;
  readonly language: string;
  readonly replyToId?: NoteId;
  readonly picture?: { readonly palette: Palette; readonly seed: number; readonly alt: string };
};

/** Posts it. */
export async function post(person: Person, { picture, ...note }: Post): Promise<NoteView> {
  const { app, viewer } = person;
  const bytes = picture === undefined ? null : await drawLandscape(picture.palette, picture.seed);
  const uploaded = bytes === null ? null : await uploadImage(app, viewer, { bytes, alt: picture?.alt ?? "" });
  return await createNote(app, viewer, {
    ...note,
    visibility: "public",
    ...(uploaded === null ? {} : { attachments: [{ id: uploaded.id }] }),
  });
}

/** The id that a note of the other instance has here, once it is in the person's home timeline. */
export async function arrived(person: Person, uri: string): Promise<NoteId> {
  return await until(`${uri} arrives at ${person.app.config.origin}`, async () => {
    const page = await homeTimeline(person.app, person.viewer, { limit: 40 });
    return page.items.find((entry) => entry.note.uri === uri)?.note.id ?? null;
  });
}

/** Looks again and again until there is an answer, for at most a minute. @throws OperatorFault */
export async function until<T>(what: string, look: () => Promise<T | null>): Promise<T> {
  const deadline = performance.now() + TRAVEL_MS;
  for (;;) {
    const found = await look();
    if (found !== null) return found;
    if (performance.now() > deadline)
      throw new OperatorFault(`The demo waited ${TRAVEL_MS / 1000} s in vain until ${what}.`);
    await new Promise((resume) => setTimeout(resume, 100));
  }
}
