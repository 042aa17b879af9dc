import type { App } from "../context.ts";
import type { Viewer } from "../domain/actor.ts";
import { asId, type NoteId } from "../domain/ids.ts";
import type { NoteView } from "../domain/note.ts";
import { signUp } from "../services/accounts/accounts.ts";
import { findRelationship } from "../services/actors/actors.ts";
import { followActor } from "../services/relations/follows.ts";
import { uploadImage } from "../services/media/attachments.ts";
import { createNote } from "../services/notes/notes.ts";
import { updateProfile } from "../services/accounts/profile.ts";
import { announceNote, likeNote } from "../services/reactions/reactions.ts";
import { search } from "../services/search.ts";
import { findViewer } from "../services/accounts/sessions.ts";
import { completeSetUp, createSetupToken } from "../services/accounts/setup.ts";
import { viewNote } from "../services/threads/threads.ts";
import { homeTimeline } from "../services/timelines.ts";
import { OperatorFault } from "../ops/fault.ts";
import { drawLandscape, drawPortrait, PALETTES, type Palette } from "./pictures.ts";

/** The password of everybody in the demo: it listens on loopback only. */
export const DEMO_PASSWORD = "walk the causeway";

/** Somebody of the demo and the instance they live on. */
export type Person = { readonly app: App; readonly viewer: Viewer };
export type Cast = { readonly ada: Person; readonly lin: Person; readonly mei: Person; readonly tom: Person };

/** Longest wait for anything to travel between the two instances, ms. */
const TRAVEL_MS = 60_000;

/** Sets both instances up and makes two people on each. */
export async function makeCast(harbour: App, hill: App): Promise<Cast> {
  const ada = await setUp(harbour, {
    serverName: "Harbour · 港湾",
    username: "ada",
    languages: ["en", "zh-Hans"],
  });
  const mei = await setUp(hill, {
    serverName: "山坡 · Hillside",
    username: "mei",
    languages: ["zh-Hans", "en"],
  });
  const lin = await join(harbour, "lin", ["zh-Hans", "en"]);
  const tom = await join(hill, "tom", ["en"]);
  await dress(
    ada,
    "Ada at the harbour",
    "I repair boats and draw maps. **Tides**, ropes and slow mornings.",
    PALETTES.dawn,
    2,
  );
  await dress(lin, "林小舟", "写诗，也写程序。住在港口旁边。", PALETTES.mist, 5);
  await dress(
    mei,
    "梅 Mei",
    "山上的天文台。星星、茶和旧望远镜。Stars, tea and old telescopes.",
    PALETTES.dusk,
    3,
  );
  await dress(tom, "Tom up the hill", "Keeper of bees and of one very small library.", PALETTES.noon, 7);
  return { ada, lin, mei, tom };
}

async function setUp(
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
  return await personOf(app, sessionToken);
}

async function join(app: App, username: string, languages: readonly string[]): Promise<Person> {
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

async function dress(
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

/** Everybody follows everybody on the other instance, over HTTP, and waits for the answer. */
export async function followEachOther(cast: Cast): Promise<void> {
  for (const [one, other] of [
    [cast.ada, cast.mei],
    [cast.ada, cast.tom],
    [cast.lin, cast.mei],
    [cast.mei, cast.ada],
    [cast.mei, cast.lin],
    [cast.tom, cast.ada],
  ] as const)
    await follow(one, other);
}

async function follow(one: Person, other: Person): Promise<void> {
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

/** Notes from both sides, each seen on the other before it is answered there. */
export async function tellStory(cast: Cast): Promise<void> {
  const { ada, lin, mei, tom } = cast;
  const tide = await post(ada, {
    source:
      "Low tide this morning, and the old **causeway** came up out of the water, stone by stone. #tides",
    language: "en",
    picture: {
      palette: PALETTES.dawn,
      seed: 4,
      alt: "A row of dark stones leads over still water towards purple hills at sunrise.",
    },
  });
  const poem = await post(lin, {
    source: "潮水退去，\n石头一块一块地醒来。\n从这一岸走到那一岸，\n不必等船。 #诗",
    language: "zh-Hans",
    picture: { palette: PALETTES.mist, seed: 9, alt: "雾中的浅水湾，一列石头通向远处灰绿色的山。" },
  });
  const there = await arrived(mei, tide.uri);
  await likeNote(mei.app, mei.viewer, there);
  await announceNote(mei.app, mei.viewer, await arrived(mei, poem.uri));
  const reply = await post(mei, {
    source: `@ada@${ada.app.config.handleHost} 从山上看得很清楚！ We could see it from up here: a dotted line across the bay.`,
    language: "zh-Hans",
    replyToId: there,
  });
  const sky = await post(mei, {
    source:
      "今晚木星离月亮很近，望远镜已经擦好了。\n\nJupiter stands next to the moon tonight; the telescope is clean. #stars #星空",
    language: "zh-Hans",
    picture: {
      palette: PALETTES.dusk,
      seed: 1,
      alt: "A violet evening sky over dark hills, with a low golden sun and its light on the water.",
    },
  });
  await post(tom, { source: "The bees are awake, and so, at last, am I. #bees", language: "en" });
  const back = await arrived(ada, reply.uri);
  await post(ada, {
    source: `@mei@${mei.app.config.handleHost} Then wave, next time! I will wave back with the big red flag.`,
    language: "en",
    replyToId: back,
  });
  await likeNote(ada.app, ada.viewer, await arrived(ada, sky.uri));
  await untilCounted(ada, asId(tide.id));
}

type Post = {
  readonly source: string;
  readonly language: string;
  readonly replyToId?: NoteId;
  readonly picture?: { readonly palette: Palette; readonly seed: number; readonly alt: string };
};

async function post(person: Person, { picture, ...note }: Post): Promise<NoteView> {
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
async function arrived(person: Person, uri: string): Promise<NoteId> {
  return await until(`${uri} arrives at ${person.app.config.origin}`, async () => {
    const page = await homeTimeline(person.app, person.viewer, { limit: 40 });
    return page.items.find((entry) => entry.note.uri === uri)?.note.id ?? null;
  });
}

/** The like and the reply have come back to the note they are about. */
async function untilCounted(person: Person, id: NoteId): Promise<void> {
  await until("like and reply come back", async () => {
    const note = await viewNote(person.app, person.viewer, id);
    return note.likesCount > 0 && note.repliesCount > 0 ? note : null;
  });
}

async function until<T>(what: string, look: () => Promise<T | null>): Promise<T> {
  const deadline = performance.now() + TRAVEL_MS;
  for (;;) {
    const found = await look();
    if (found !== null) return found;
    if (performance.now() > deadline)
      throw new OperatorFault(`The demo waited ${TRAVEL_MS / 1000} s in vain until ${what}.`);
    await new Promise((resume) => setTimeout(resume, 100));
  }
}
