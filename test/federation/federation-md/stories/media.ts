import { createBoard, collectNote } from "../../../../server/services/boards/boards.ts";
import { insertAttachment } from "../../../../server/store/attachments.ts";
import { READY } from "../../../../server/services/media/attachments.ts";
import { asId } from "../../../../server/domain/ids.ts";
import { aNote } from "../../../support/instance.ts";
import { drain } from "../../../support/network.ts";
import type { Story } from "../world.ts";

const PAGE =
  '<!doctype html><html lang="en"><meta property="og:title" content="The tide"><meta property="og:description" content="Out and in">';

/** Films, links with their cards, boards. */
export const media: Readonly<Record<string, Story>> = {
  async aFilm({ here, alice, get }) {
    const id = here.app.ids.next();
    await insertAttachment(here.app.db, {
      ...READY,
      id,
      actor_id: alice.viewer.actorId,
      note_id: null,
      position: 0,
      kind: "video",
      file: "aaaaaaaaaaaaaaaaaaaaaaaa.mp4",
      remote_url: null,
      media_type: "video/mp4",
      alt: "A ferry comes in",
      width: 720,
      height: 1280,
      blurhash: "L23{gUp@jap@p@j[jaj[jajaf7f7",
      duration_ms: 61_500,
      size: 20_480_000,
      cover_file: "bbbbbbbbbbbbbbbbbbbbbbbb.webp",
      captions: JSON.stringify([
        { file: "cccccccccccccccccccccccc.vtt", language: "zh-Hans", label: "简体中文" },
      ]),
      created_at: here.clock.now(),
    });
    const note = await aNote(here, {
      by: alice.viewer,
      source: "Here it is",
      attachments: [{ id: asId(id) }],
    });
    await drain(here);
    const { attachment } = await get(note.uri);
    return { film: { id: "https://social.example/notes/201", type: "Note", attachment } };
  },

  async aLink({ here, alice, get }) {
    here.network.join(
      "press.example",
      async () => new Response(PAGE, { headers: { "content-type": "text/html" } }),
    );
    const note = await aNote(here, { by: alice.viewer, source: "Read https://press.example/tide" });
    await drain(here);
    const { attachment } = await get(note.uri);
    return { link: { id: "https://social.example/notes/201", type: "Note", attachment } };
  },

  async aBoard(world) {
    const { here, alice, get } = world;
    const board = await createBoard(here.app, alice.viewer, {
      name: "Tides",
      summary: "What the water leaves behind",
      visibility: "public",
    });
    world.name(board, "301");
    const note = await aNote(here, { by: alice.viewer, source: "A shell" });
    world.name(note.id, "201");
    await collectNote(here.app, alice.viewer, note.id, { boardIds: [board], comment: "" });
    await drain(here);
    return { board: await get(`https://social.example/@alice/boards/${board}`) };
  },
};
