import type { Viewer } from "../../server/domain/actor.ts";
import type { Measure } from "../../server/domain/decision.ts";
import type { NoteId } from "../../server/domain/ids.ts";
import type { NoteView } from "../../server/domain/note.ts";
import { signUp } from "../../server/services/accounts/accounts.ts";
import { createInvite } from "../../server/services/accounts/invites.ts";
import { updateSettings } from "../../server/services/accounts/settings.ts";
import { appealDecision, judgeAppeal, listAppeals } from "../../server/services/moderation/appeals.ts";
import { createRule, turnRule } from "../../server/services/moderation/classifier-rules.ts";
import { decide } from "../../server/services/moderation/decisions.ts";
import { subscribeToList } from "../../server/services/moderation/domains-lists.ts";
import { type Reasons, statementOf } from "../../server/services/moderation/statements.ts";
import { placeWithholding } from "../../server/services/moderation/withholdings.ts";
import { listGroups, rollBackWave } from "../../server/services/accounts/sign-up-waves.ts";
import { aMember, aNote, PASSWORD, type TestInstance } from "../support/instance.ts";

/** What has a page of its own, as paths where it has no id. */
export type Safety = {
  /** Labelled, by somebody who was decided about. */
  readonly labelled: NoteView;
  /** Not shown to visitors from Germany and France. */
  readonly withheld: NoteView;
  /** Id of the author of `labelled`. */
  readonly decidedId: number;
  readonly ruleId: number;
  /** The address of a group of sign-ups that came together. */
  readonly wavePath: string;
};

/** Suspended, with a decision that was appealed against; signs in and sees one page. */
export const SUSPENDED_NAME = "kim_out";
/** Asked to join and waits. */
export const WAITING_NAME = "rui_waits";

const REASONS: Reasons = {
  ground: "rules",
  groundText: "No advertising. 不发广告。",
  explanation: "It offers things for money under the notes of other people.",
  facts: "Eleven times the same offer within an hour, 2026-03-02.\n同样的广告一小时内发了十一次。",
  category: "STATEMENT_CATEGORY_SCAMS_AND_FRAUD",
  language: "en",
};

/**
 * What a community has that is looked after: decisions with appeals, a held note, a legal demand, people who ask to join,
 * sign-ups that came together, a list of servers.
 */
export async function fillSafety(
  instance: TestInstance,
  people: { readonly ada: Viewer; readonly tom: Viewer },
): Promise<Safety> {
  const { app, owner } = instance;
  if (owner === null) throw new Error("The sample needs an owner.");
  const labelled = await judge(instance, owner, people.ada);
  const withheld = await withhold(instance, owner, people.tom);
  await suspend(instance, owner);
  const ruleId = await hold(instance, owner);
  const wavePath = await letIn(instance, owner);
  await subscribeToList(app, owner, { url: "https://lists.example/blocks.csv", name: "Neighbours 邻居" });
  return { labelled, withheld, decidedId: Number(people.ada.actorId), ruleId, wavePath };
}

type Command = {
  readonly measure: Measure;
  readonly about: Viewer;
  readonly noteId?: NoteId;
  readonly label?: string;
};

async function decideOn({ app }: TestInstance, owner: Viewer, { about, ...command }: Command) {
  const { measure, noteId } = command;
  const statement = await statementOf(app, { measure, noteId, isReported: false }, REASONS);
  return await decide(app, owner, { ...command, actorId: about.actorId, statement });
}

/** A word for ada, and one on a note of hers, against which she says something that is answered. */
async function judge(instance: TestInstance, owner: Viewer, ada: Viewer): Promise<NoteView> {
  const { app } = instance;
  const source = "The tide tables of the harbour office are wrong by an hour. Trust the moon.";
  const labelled = await aNote(instance, { by: ada, source, language: "en", visibility: "unlisted" });
  const warned = await decideOn(instance, owner, { measure: "warn", about: ada });
  const noted = { measure: "label", about: ada, noteId: labelled.id, label: "disputed" } as const;
  const put = await decideOn(instance, owner, noted);
  const second = await aMember(instance, "second_guard", { role: "moderator" });
  await appealDecision(app, ada, {
    decisionId: put,
    comment: "I measured it myself.\n我自己量过。",
    language: "en",
  });
  const [appeal] = (await listAppeals(app, second.viewer, { limit: 1, open: true })).items;
  if (appeal === undefined) throw new Error("There is an appeal.");
  const answer = { outcome: "upheld", answer: "The harbour office measured it, too." } as const;
  await judgeAppeal(app, second.viewer, { appealId: appeal.id, ...answer });
  await appealDecision(app, ada, {
    decisionId: warned,
    comment: "那不是广告，是送人的。",
    language: "zh-Hans",
  });
  return labelled;
}

async function withhold(instance: TestInstance, owner: Viewer, tom: Viewer): Promise<NoteView> {
  const { app, clock } = instance;
  const source = "A song that a court does not want to be heard.";
  const note = await aNote(instance, { by: tom, source, language: "en", visibility: "unlisted" });
  await placeWithholding(app, owner, {
    object: note.uri,
    countries: ["DE", "FR"],
    basis: "court_order",
    legalRef: "LG Hamburg 324 O 1/26, § 1004 BGB",
    requester: "Landgericht Hamburg",
    authorityUrl: "https://court.example/",
    facts: "An order of the court of 2 March 2026.",
    notice: {
      en: "A court in Hamburg told us not to show this.",
      "zh-Hans": "汉堡的一家法院要求我们不显示这条内容。",
    },
    category: "STATEMENT_CATEGORY_INTELLECTUAL_PROPERTY_INFRINGEMENTS",
    language: "en",
    receivedAt: clock.now() - 86_400_000,
    endsAt: null,
  });
  return note;
}

async function suspend(instance: TestInstance, owner: Viewer): Promise<void> {
  const kim = await aMember(instance, SUSPENDED_NAME);
  await decideOn(instance, owner, { measure: "suspend", about: kim.viewer });
}

/** A note that a rule holds. Gives the id of the rule. */
async function hold(instance: TestInstance, owner: Viewer): Promise<number> {
  const { app } = instance;
  const rule = { kind: "words", lines: "free coins\n免费金币", label: "spam", suggestion: "hold" } as const;
  const ruleId = await createRule(app, owner, { ...rule, name: "Coins 金币", numbers: {} });
  await turnRule(app, owner, ruleId, "on");
  const lou = await aMember(instance, "lou");
  const source = "Free coins for everybody, only today! 免费金币！";
  await aNote(instance, { by: lou.viewer, source, language: "en" });
  return ruleId;
}

/** People who came together, of whom one group was sent away again; and somebody who asks. Gives a group's address. */
async function letIn(instance: TestInstance, owner: Viewer): Promise<string> {
  const { app } = instance;
  const come = async (username: string, more: { readonly ip?: string; readonly reason?: string } = {}) =>
    await signUp(app, {
      username,
      password: PASSWORD,
      acceptedRules: true,
      ip: "198.51.100.40",
      agent: "",
      ...more,
    });
  for (let n = 1; n <= 3; n++) await come(`gone_${n}`, { ip: `203.0.113.${n}` });
  const [gone] = await listGroups(app, owner, 24);
  if (gone === undefined) throw new Error("They came together.");
  const group = { kind: gone.kind, mark: gone.mark, hours: 24 } as const;
  const words = { ground: "No advertising", facts: "All of them posted the same offer.", language: "en" };
  await rollBackWave(app, owner, { ...group, measure: "limit", ...words });
  for (let n = 1; n <= 3; n++) await come(`crew_${n}`, { ip: `192.0.2.${n}` });
  await createInvite(app, owner, { maxUses: 3, expiresInDays: 7 });
  await updateSettings(app, owner, { joinMode: "approval" });
  await come(WAITING_NAME, { reason: "我喜欢船，也想认识大家。 I draw boats, and would like to meet you." });
  await updateSettings(app, owner, { joinMode: "open" });
  const next = (await listGroups(app, owner, 24)).find(({ mark }) => mark !== gone.mark) ?? gone;
  return `/moderation/sign-ups/wave?${new URLSearchParams({ kind: next.kind, mark: next.mark, hours: "24" }).toString()}`;
}
