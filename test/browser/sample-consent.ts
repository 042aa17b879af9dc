import type { Viewer } from "../../server/domain/actor.ts";
import type { NoteView } from "../../server/domain/note.ts";
import { reactToNote } from "../../server/services/reactions/emoji-reactions.ts";
import { aNote, type TestInstance } from "../support/instance.ts";

/** Reactions under a thread, a quote of it, and something that waits for its author's answer. */
export async function fillConsent(
  instance: TestInstance,
  people: { readonly ada: Viewer; readonly lin: Viewer; readonly wen: Viewer },
  thread: NoteView,
): Promise<void> {
  const { ada, lin, wen } = people;
  await reactToNote(instance.app, lin, thread.id, "🔥");
  await reactToNote(instance.app, wen, thread.id, "🔥");
  await reactToNote(instance.app, ada, thread.id, "🎉");
  await aNote(instance, {
    by: lin,
    source: "The best of the week",
    visibility: "unlisted",
    quoteOf: thread.id,
  });
  const asking = await aNote(instance, {
    by: ada,
    source: "Questions are welcome, I read them first",
    visibility: "unlisted",
    policy: {
      reply: { automatic: "nobody", manual: "everyone" },
      like: { automatic: "nobody", manual: "nobody" },
    },
  });
  await aNote(instance, {
    by: lin,
    source: "May I ask about ropes?",
    replyTo: asking.id,
    visibility: "unlisted",
  });
}
