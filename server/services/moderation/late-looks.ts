import type { App } from "../../context.ts";
import { timeOfId } from "../../domain/ids.ts";
import { findActorById } from "../../store/actors.ts";
import { transaction } from "../../store/database.ts";
import { findNoteById } from "../../store/notes.ts";
import { countHits } from "../../store/classifier-rules.ts";
import { plainText } from "../../text/markup.ts";
import { getInstanceActorId } from "../accounts/settings.ts";
import { judge, judgeByHook } from "./classifier.ts";
import { judgedNote, linksIn } from "./classifier-objects.ts";
import { report, settleLateVerdict } from "./holding.ts";

// What is looked at after it was stored: notes of other servers by the program behind the hook, and profiles.

/** The job behind `classify-note`: the note is hidden only when the program says that it should wait. */
export async function classifyNote(app: App, noteId: number): Promise<void> {
  const object = await judgedNote(app, noteId);
  if (object === null) return;
  const judgement = await judgeByHook(app, () => object);
  if (judgement === null || judgement.suggest === "none") return;
  const instanceId = await getInstanceActorId(app);
  await transaction(app.db, async (tx) => {
    const row = await findNoteById(tx, noteId);
    if (row === undefined || row.deleted_at !== null || row.hidden_at !== null) return;
    const place = { noteId, noteUri: row.uri, actorId: row.actor_id, language: row.language };
    const verdict = { judgement, instanceId, text: object.text };
    await settleLateVerdict(app, tx, { ...place, tells: "nothing" }, verdict);
  });
  app.wake();
}

/** The job behind `classify-profile`: whatever is suggested, moderators get a report and nothing else happens. */
export async function classifyProfile(app: App, actorId: number): Promise<void> {
  const row = await findActorById(app.db, actorId);
  if (row === undefined || row.deleted_at !== null || row.suspended_at !== null) return;
  const text = [row.name, plainText(row.bio_html)].filter((line) => line !== "").join("\n");
  const object = {
    type: "profile",
    uri: row.uri,
    text,
    language: null,
    links: linksIn(row.bio_html),
    media: [],
    mentions: 0,
    actor: { uri: row.uri, since: timeOfId(row.id), local: row.host === "" },
  } as const;
  const judgement = await judge(app, () => object);
  if (judgement === null) return;
  const instanceId = await getInstanceActorId(app);
  await transaction(app.db, async (tx) => {
    await countHits(tx, judgement.ruleIds);
    await report(app, tx, { actorId, noteId: null, language: null }, { judgement, instanceId, text });
  });
  app.wake();
}
