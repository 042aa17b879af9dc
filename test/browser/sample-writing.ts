import { drawLandscape, drawPortrait, PALETTES } from "../../server/demo/pictures.ts";
import type { Viewer } from "../../server/domain/actor.ts";
import { uploadImage } from "../../server/services/media/attachments.ts";
import { saveDraft, type SaveDraft } from "../../server/services/notes/drafts.ts";
import { schedulePost } from "../../server/services/notes/scheduled.ts";
import type { NoteView } from "../../server/domain/note.ts";
import { aNote, type TestInstance } from "../support/instance.ts";

export type Written = {
  /** A draft with a title, three pictures and a language that does not fit. */
  readonly fullDraftId: number;
  /** Waits for next week. */
  readonly scheduledId: number;
  /** A note with a title and pictures. */
  readonly titled: NoteView;
};

const BLANK = {
  summary: "",
  visibility: "public",
  language: "en",
  sensitive: false,
  replyToId: null,
} as const;
const DAY = 86_400_000;

/** What ada has begun and what waits for its time. */
export async function fillWriting(instance: TestInstance, ada: Viewer): Promise<Written> {
  const { app } = instance;
  const draw = async (portrait: boolean, seed: number) =>
    await uploadImage(app, ada, {
      bytes: portrait ? await drawPortrait(PALETTES.noon, seed) : await drawLandscape(PALETTES.noon, seed),
    });
  const pictures = [await draw(true, 21), await draw(false, 22), await draw(false, 23)];
  const [first, second] = pictures;
  const full: SaveDraft = {
    ...BLANK,
    title: "三天两夜：小岛慢游",
    source: "第一天坐船，看见海豚。第二天在渔村吃面，晚上数星星。@lin 下次一起来！ #旅行 #海岛",
    attachmentIds: pictures.map(({ id }) => id),
    alts: first === undefined ? {} : { [String(first.id)]: "清晨的码头，一只蓝色的小船。" },
    coverId: second?.id ?? null,
    focuses: second === undefined ? {} : { [String(second.id)]: { x: 0.8, y: 0 } },
    poll: null,
  };
  const { id: fullDraftId } = await saveDraft(app, ada, full);
  const scheduled = await schedulePost(app, ada, {
    ...BLANK,
    source: "The swimming season opens today. Bring a towel and a friend.",
    attachmentIds: [(await draw(false, 24)).id],
    at: app.clock.now() + 7 * DAY,
    expiresInMs: DAY,
  });
  const titled = await aNote(instance, {
    by: ada,
    title: "Four boats and a storm",
    source: "They all came home before noon. #harbour",
    attachments: [
      { id: (await draw(true, 25)).id, alt: "Four small boats under dark clouds" },
      { id: (await draw(false, 26)).id, alt: "The same boats, tied up", isCover: true },
    ],
  });
  return { fullDraftId, scheduledId: scheduled.id, titled };
}
