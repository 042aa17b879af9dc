import type { Viewer } from "../../server/domain/actor.ts";
import type { NoteView } from "../../server/domain/note.ts";
import type { OwnPolicy } from "../../server/domain/policy.ts";
import {
  denyInteraction,
  listInteractionRequests,
  revokeQuote,
} from "../../server/services/consent/interactions.ts";
import { reactToNote } from "../../server/services/reactions/emoji-reactions.ts";
import { announceNote } from "../../server/services/reactions/reactions.ts";
import { aNote, type TestInstance } from "../support/instance.ts";

const ASK = { automatic: "nobody", manual: "everyone" } as const;
const ASKS: OwnPolicy = { reply: ASK, like: ASK, announce: ASK, quote: ASK };

type People = { readonly ada: Viewer; readonly lin: Viewer; readonly wen: Viewer };

/** Notes of ada that quote, by what their authors said. */
export type Quotes = {
  readonly accepted: NoteView;
  readonly pending: NoteView;
  readonly rejected: NoteView;
  readonly revoked: NoteView;
};

/** Reactions under a thread, quotes of it and by its author, and what waits for the author's answer. */
export async function fillConsent(instance: TestInstance, people: People, thread: NoteView): Promise<Quotes> {
  const { ada, lin, wen } = people;
  await reactToNote(instance.app, lin, thread.id, "🔥");
  await reactToNote(instance.app, wen, thread.id, "🔥");
  await reactToNote(instance.app, ada, thread.id, "🎉");
  await reactToNote(instance.app, ada, thread.id, ":tide:");
  await aNote(instance, {
    by: lin,
    source: "The best of the week. 一周里最好的一张。 #quotes",
    visibility: "unlisted",
    quoteOf: thread.id,
  });
  await waiting(instance, people);
  return await quotes(instance, people);
}

/** A note that wants to be asked for everything, and somebody who asks. */
async function waiting(instance: TestInstance, { ada, lin, wen }: People): Promise<void> {
  const { app } = instance;
  const asking = await aNote(instance, {
    by: ada,
    source: "Questions are welcome, I read them first. 有问题请说，我先看一遍。",
    visibility: "unlisted",
    policy: ASKS,
  });
  await aNote(instance, {
    by: ada,
    source: "For reading only, please.",
    visibility: "unlisted",
    policy: {
      reply: { automatic: "mentioned", manual: "nobody" },
      like: { automatic: "nobody", manual: "nobody" },
      announce: { automatic: "nobody", manual: "nobody" },
      quote: { automatic: "nobody", manual: "nobody" },
    },
  });
  await reactToNote(app, wen, asking.id, "🥟");
  await announceNote(app, wen, asking.id);
  const unlisted = { by: lin, visibility: "unlisted" } as const;
  await aNote(instance, { ...unlisted, source: "May I ask about ropes? 麻绳还是棉绳？", replyTo: asking.id });
  await aNote(instance, { ...unlisted, source: "Ask her anything, she answers.", quoteOf: asking.id });
}

async function quotes(instance: TestInstance, { ada, wen }: People): Promise<Quotes> {
  const { app } = instance;
  const said = async (source: string, policy: Partial<OwnPolicy> = {}) =>
    await aNote(instance, { by: wen, source, language: "zh-Hans", visibility: "unlisted", policy });
  const quote = async (source: string, of: NoteView) =>
    await aNote(instance, { by: ada, source: `${source} #quotes`, language: "en", quoteOf: of.id });
  const accepted = await quote(
    "This is how it is done.",
    await said("水开了再下，别急。一次八个，浮起来再等半分钟，就好了。"),
  );
  const pending = await quote("A word to keep.", await said("盐放两次。", ASKS));
  const rejected = await quote("Another one.", await said("火要小。", ASKS));
  const [, ...rest] = (await listInteractionRequests(app, wen, {})).items.toReversed();
  for (const one of rest) await denyInteraction(app, wen, one.id);
  const revoked = await quote("And this.", await said("葱最后放。"));
  await revokeQuote(app, wen, revoked.id);
  return { accepted, pending, rejected, revoked };
}
