import { drawLandscape, PALETTES, type Palette } from "../../server/demo/pictures.ts";
import type { Viewer } from "../../server/domain/actor.ts";
import type { NoteView } from "../../server/domain/note.ts";
import { collectNote, createBoard } from "../../server/services/boards/boards.ts";
import { addToList, createList } from "../../server/services/lists/lists.ts";
import { uploadImage } from "../../server/services/media/attachments.ts";
import { announceNote, likeNote } from "../../server/services/reactions/reactions.ts";
import { followTag } from "../../server/services/tags/tag-follows.ts";
import { exploreTimeline } from "../../server/services/trends/explore.ts";
import { countTrends } from "../../server/services/trends/count-trends.ts";
import { insertAttachment } from "../../server/store/attachments.ts";
import { aNote, type TestInstance } from "../support/instance.ts";

export type Explored = {
  /** By wen and lin, upright, with posters. */
  readonly films: readonly NoteView[];
  /** Of ada: one for everybody with pictures, one for herself. */
  readonly boardId: number;
  readonly secretId: number;
  /** Of ada, with lin and wen on it. */
  readonly listId: number;
};

type People = { readonly ada: Viewer; readonly lin: Viewer; readonly tom: Viewer; readonly wen: Viewer };

/** Films, boards, a list, followed tags, and what is popular. */
export async function fillExplore(instance: TestInstance, people: People): Promise<Explored> {
  const { app } = instance;
  const { ada, lin, wen } = people;
  const films = [
    await film(instance, wen, {
      source: "一分钟学会包抄手：折两次，再抱一抱。 #美食 #四川",
      palette: PALETTES.dusk,
      seconds: 58,
    }),
    await film(instance, lin, {
      source: "The tide comes in over the stones, forty minutes in thirty-four seconds. #tides",
      palette: PALETTES.dawn,
      seconds: 34,
    }),
  ];
  for (const { id } of films) {
    await likeNote(app, ada, id);
    await announceNote(app, people.tom, id);
  }
  await followTag(app, ada, "美食");
  await followTag(app, ada, "tides");
  const boards = await fillBoards(instance, ada);
  const listId = await createList(app, ada, { title: "港口的人", replies: "list" });
  for (const viewer of [lin, wen]) await addToList(app, ada, listId, viewer.actorId);
  await createList(app, ada, { title: "Tea & telescopes", exclusive: true });
  await countTrends(app);
  return { films, listId, ...boards };
}

async function film(
  instance: TestInstance,
  by: Viewer,
  {
    source,
    palette,
    seconds,
  }: { readonly source: string; readonly palette: Palette; readonly seconds: number },
): Promise<NoteView> {
  const { app } = instance;
  instance.clock.advance(60_000);
  const poster = await uploadImage(app, by, {
    bytes: await drawLandscape(palette, seconds, { width: 720, height: 1280 }),
  });
  const note = await aNote(instance, { by, source });
  await insertAttachment(app.db, {
    id: app.ids.next(),
    actor_id: by.actorId,
    note_id: note.id,
    position: 0,
    kind: "video",
    media_type: "video/mp4",
    alt: "",
    width: 720,
    height: 1280,
    blurhash: poster.blurhash,
    file: `film${"a".repeat(20)}`,
    cover_file: poster.url.replace("/media/", ""),
    remote_url: null,
    duration_ms: seconds * 1000,
    created_at: app.clock.now(),
    state: "ready",
  });
  return note;
}

async function fillBoards(instance: TestInstance, ada: Viewer) {
  const { app } = instance;
  const boardId = await createBoard(app, ada, {
    name: "Stones & tides 石与潮",
    summary: "What the water leaves behind, collected over the year.",
    visibility: "public",
  });
  const secretId = await createBoard(app, ada, { name: "To cook one day", visibility: "private" });
  const found = await exploreTimeline(app, ada, {
    limit: 40,
    filter: { from: "here", media: ["image", "video"], languages: [] },
  });
  for (const [index, { note }] of found.items.toReversed().entries()) {
    instance.clock.advance(1000);
    const comment = index === 1 ? "The colours! 这个颜色太好看了。" : "";
    await collectNote(app, ada, note.id, { boardIds: index % 3 === 2 ? [secretId] : [boardId], comment });
  }
  return { boardId, secretId };
}
