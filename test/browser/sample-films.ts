import { drawLandscape, PALETTES } from "../../server/demo/pictures.ts";
import type { Viewer } from "../../server/domain/actor.ts";
import { replaceCover, saveCaptions } from "../../server/services/media/captions.ts";
import { READY } from "../../server/services/media/attachments.ts";
import { insertAttachment } from "../../server/store/attachments.ts";
import { aFilm } from "../support/films.ts";
import type { TestInstance } from "../support/instance.ts";
import { asId } from "../../server/domain/ids.ts";

/** Films of ada that no note holds yet, by id. */
export type Films = { readonly ready: number; readonly waiting: number; readonly failed: number };

/** A film with captions and a cover, one that is worked on, and one that cannot be used. */
export async function fillFilms(instance: TestInstance, ada: Viewer): Promise<Films> {
  const { app } = instance;
  const file = `${app.ids.secret(18)}.mp4`;
  const film = await aFilm({ in: "mp4", video: { codec: "avc", width: 320, height: 180 } });
  await app.files.write(file, film);
  const ready = await aRow(instance, ada, { file, state: "ready", progress: 100 });
  const cover = await drawLandscape(PALETTES.dusk, 3);
  await replaceCover(app, ada, asId(ready), cover);
  for (const [language, words] of [
    ["en", "The ferry comes in."],
    ["zh-Hans", "渡轮进港了。"],
  ] as const)
    await saveCaptions(app, ada, asId(ready), { language, source: `00:00.000 --> 00:00.900\n${words}` });
  const waiting = await aRow(instance, ada, { file: null, state: "working", progress: 42 });
  const failed = await aRow(instance, ada, { file: null, state: "failed", fault: "film.fault_broken" });
  return { ready, waiting, failed };
}

async function aRow(
  instance: TestInstance,
  ada: Viewer,
  film: {
    readonly file: string | null;
    readonly state: string;
    readonly progress?: number;
    readonly fault?: string;
  },
): Promise<number> {
  const { app } = instance;
  const id = app.ids.next();
  await insertAttachment(app.db, {
    ...READY,
    id,
    actor_id: ada.actorId,
    note_id: null,
    position: 0,
    kind: "video",
    remote_url: null,
    media_type: "video/mp4",
    alt: "The ferry in the evening",
    width: 320,
    height: 180,
    blurhash: null,
    focus_x: null,
    focus_y: null,
    cover_url: null,
    duration_ms: 1000,
    digest: null,
    size: 2500,
    created_at: app.clock.now(),
    source_file: null,
    ...film,
  });
  return id;
}
