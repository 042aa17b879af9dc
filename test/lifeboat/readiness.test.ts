import { expect, onTestFinished, test } from "vitest";
import { finishChore } from "../../server/services/administration/chores.ts";
import { viewReadiness, type ReadinessLine } from "../../server/services/readiness/readiness.ts";
import { DRILL_STEPS } from "../../server/domain/chore.ts";
import { countReadiness, listFollowingSoftware, listStandbysInForce } from "../../server/store/readiness.ts";
import { createI18n, LOCALES } from "../../web/i18n.ts";
import { en, type MessageKey } from "../../web/locales/en.ts";
import { eachDatabase } from "../support/databases.ts";
import { aMember, createInstance } from "../support/instance.ts";
import { aPair, follow } from "../support/pair.ts";
import { keysOfPhrase, newPhrase } from "../../server/lifeboat/phrase.ts";

const DAY = 86_400_000;

function stateOf(lines: readonly ReadinessLine[], subject: ReadinessLine["subject"]) {
  const line = lines.find((one) => one.subject === subject);
  return line === undefined ? null : `${line.state} ${line.text.key.replace("readiness.", "")}`;
}

test("an unprepared community is told what is missing, in words that exist", async () => {
  const here = await createInstance({ host: "here.test" });
  onTestFinished(() => here.close());
  if (here.owner === null) throw new Error("An instance that is set up has an owner.");
  const { lines, followers } = await viewReadiness(here.app, here.owner);
  expect(lines.map(({ subject }) => subject)).toEqual([
    "standby",
    "distance",
    "trustees",
    "members",
    "seals",
    "phrases",
    "lifeboats",
    "peers",
    "backup",
    "drill",
  ]);
  expect(lines.filter(({ state }) => state === "ok").map(({ subject }) => subject)).toEqual(["peers"]);
  expect(followers).toEqual({ all: 0, withKeys: 0, sealed: 0 });
  for (const { text } of lines) expect(Object.keys(en)).toContain(text.key);
});

test("a prepared one is told so, and a failed drill counts as none", async () => {
  const pair = await aPair();
  const { app, owner } = pair.east;
  if (owner === null) throw new Error("An instance that is set up has an owner.");
  await follow(pair, pair.west, pair.bo.viewer, "@ann@east.test");
  const trustees = await Promise.all([1, 2, 3].map(async () => (await keysOfPhrase(newPhrase()))?.did ?? ""));
  const terms = {
    type: "StandbyAgreement",
    v: 1,
    id: "urn:uuid:00000000-0000-4000-8000-000000000000",
    home: "https://east.test",
    homeActor: "https://east.test/users/1",
    standby: "https://west.example",
    standbyActor: "https://west.example/users/1",
    since: "2026-06-01T12:00:00Z",
    scope: ["public"],
    maxBytes: 1,
    trustees,
    threshold: 2,
    waitHours: 6,
  };
  await app.db
    .insertInto("standby_agreements")
    .values({
      id: 1,
      uri: terms.id,
      role: "home",
      partner: terms.standby,
      document: JSON.stringify(terms),
      state: "agreed",
      cursor: null,
      seq: 0,
      head: null,
      bytes: 0,
      created_at: 1,
      agreed_at: 1,
      ended_at: null,
      seen_at: app.clock.now(),
    })
    .execute();
  const { lines, followers } = await viewReadiness(app, owner);
  expect(stateOf(lines, "standby")).toBe("ok standby_ok");
  expect(stateOf(lines, "distance")).toBe("ok distance_ok");
  expect(stateOf(lines, "trustees")).toBe("ok trustees_ok");
  expect(stateOf(lines, "members")).toBe("fail members_share");
  expect(followers).toEqual({ all: 1, withKeys: 1, sealed: 1 });

  await finishChore(app, "drill", { isWell: true, steps: [] });
  pair.clock.advance(2 * DAY);
  const later = (await viewReadiness(app, owner)).lines;
  expect(stateOf(later, "standby")).toBe("fail standby_silent");
  expect(stateOf(later, "drill")).toBe("ok drill_age");
  await finishChore(app, "drill", { isWell: false, steps: [] });
  expect(stateOf((await viewReadiness(app, owner)).lines, "drill")).toBe("fail drill_failed");
  await expect(viewReadiness(app, pair.ann.viewer)).rejects.toMatchObject({ kind: "forbidden" });
});

test("every step of a drill has a name in every language", async () => {
  for (const locale of LOCALES) {
    const { t } = createI18n(() => 0)(locale);
    for (const step of DRILL_STEPS) {
      const key: MessageKey = `drill.${step}`;
      expect(t(key)).not.toBe("");
    }
  }
});

eachDatabase((_name, open) => {
  test("readiness of nobody is counted", async () => {
    const { db } = await open();
    expect(await countReadiness(db, 0)).toMatchObject({ members: 0, agreed: 0, sealed: 0, lifeboats: 0 });
    expect(await listFollowingSoftware(db)).toEqual([]);
    expect(await listStandbysInForce(db)).toEqual([]);
  });
});

test("members are counted once each", async () => {
  const here = await createInstance({ host: "here.test" });
  onTestFinished(() => here.close());
  await aMember(here, "ann");
  expect(await countReadiness(here.app.db, 0)).toMatchObject({ members: 2, phrases: 0 });
});
