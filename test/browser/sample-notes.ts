import { drawLandscape, PALETTES } from "../../server/demo/pictures.ts";
import type { Viewer } from "../../server/domain/actor.ts";
import type { NoteView } from "../../server/domain/note.ts";
import { uploadImage } from "../../server/services/media/attachments.ts";
import { editNote } from "../../server/services/notes/notes.ts";
import { likeNote } from "../../server/services/reactions/reactions.ts";
import { insertAttachment } from "../../server/store/attachments.ts";
import { insertMute } from "../../server/store/follows.ts";
import { aMember, aNote, type TestInstance } from "../support/instance.ts";

export type Told = {
  /** By lin: three pictures of different shapes. */
  readonly walk: NoteView;
  /** By lin: a long text, a film, a recording; changed once. */
  readonly long: NoteView;
  /** By lin: with replies six levels deep, in three orders, some of them muted by ada. */
  readonly talk: NoteView;
};

const SHAPES = [
  { width: 900, height: 1200 },
  { width: 1200, height: 700 },
  { width: 1000, height: 1000 },
] as const;

/** What is only seen in longer threads and notes with more than a picture. */
export async function fillNotes(
  instance: TestInstance,
  { ada, lin }: { readonly ada: Viewer; readonly lin: Viewer },
): Promise<Told> {
  const { app } = instance;
  const attachments = [];
  for (const [index, size] of SHAPES.entries()) {
    const bytes = await drawLandscape(PALETTES.mist, 30 + index, size);
    attachments.push(
      await uploadImage(app, lin, { bytes, alt: `Walk along the shore, picture ${index + 1}` }),
    );
  }
  const walk = await aNote(instance, {
    by: lin,
    source: "从灯塔走到旧码头，一共三公里。 #散步",
    language: "zh-Hans",
    attachments: attachments.map(({ id, alt }) => ({ id, alt })),
  });
  return { walk, long: await writeLong(instance, lin), talk: await talkOf(instance, ada, lin) };
}

async function writeLong(instance: TestInstance, lin: Viewer): Promise<NoteView> {
  const { app } = instance;
  const paragraphs = [
    "The harbour keeps two clocks. One hangs in the office and is right; the other is painted on the wall of the ice house, and is right twice a day, which the fishermen say is more than can be said of the office.",
    "I have been told that the painted hands were moved once, in the year of the great flood, by somebody with a ladder and a sense of occasion. They have pointed at twenty past four ever since, and the tide came at twenty past four that day.",
    "My grandmother set her kitchen by it. She put the kettle on when the sun stood over the mast, and called us in when the shadow of the ice house touched the third bollard. We were never late for anything that mattered.",
    "So when people ask me what the time is, I look at the water first.",
  ];
  const long = await aNote(instance, { by: lin, source: paragraphs.join("\n\n"), language: "en" });
  const row = {
    actor_id: lin.actorId,
    note_id: long.id,
    blurhash: "LKO2?U%2Tw=w]~RBVZRi};RPxuwH",
    focus_x: null,
    focus_y: null,
    file: "a".repeat(24),
    remote_url: null,
    cover_url: null,
    digest: null,
    size: 1000,
    created_at: app.clock.now(),
    state: "ready",
    captions: "[]",
  };
  const film = {
    kind: "video",
    media_type: "video/mp4",
    alt: "The painted clock in the rain",
    width: 720,
    height: 1280,
  };
  const sound = {
    kind: "audio",
    media_type: "audio/mp4",
    alt: "Rain on the roof of the ice house",
    width: null,
    height: null,
  };
  for (const [position, one] of [film, sound].entries())
    await insertAttachment(app.db, { ...row, ...one, id: app.ids.next(), position, duration_ms: 34_000 });
  instance.clock.advance(60_000);
  await editNote(app, lin, {
    noteId: long.id,
    source: paragraphs
      .join("\n\n")
      .replace("two clocks", "two clocks, and no bell")
      .replace("by somebody", "by a man"),
    language: "en",
  });
  return long;
}

async function talkOf(instance: TestInstance, ada: Viewer, lin: Viewer): Promise<NoteView> {
  const { app } = instance;
  const { viewer: loud } = await aMember(instance, "loud");
  await insertMute(app.db, {
    id: app.ids.next(),
    actorId: ada.actorId,
    targetId: loud.actorId,
    now: app.clock.now(),
    expiresAt: null,
  });
  const talk = await aNote(instance, { by: lin, source: "What is the best soup?", language: "en" });
  const answer = async (by: Viewer, to: NoteView, source: string) => {
    instance.clock.advance(60_000);
    return await aNote(instance, { by, source, language: "en", replyTo: to.id });
  };
  let last = talk;
  for (const [index, source] of ["Leek.", "With cream?", "Never.", "A little?", "No.", "Fine."].entries())
    last = await answer(index % 2 === 0 ? ada : lin, last, source);
  for (const source of ["Pumpkin, in October.", "Fish, from the harbour.", "面汤也算汤。"])
    await likeNote(app, lin, (await answer(ada, talk, source)).id);
  await answer(loud, talk, "SOUP IS NOT FOOD");
  return talk;
}
