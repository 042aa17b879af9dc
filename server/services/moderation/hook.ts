// A program of the operator's choice that looks at what is posted, asked by HTTP. It may be slow, broken or taken over: it is
// asked for three seconds, what it says is only ever a reason to look, and when it says nothing sensible people post as always.

import { createHmac } from "node:crypto";
import { getLogger } from "@logtape/logtape";
import { z } from "zod";
import { type App, isoTime } from "../../context.ts";
import { type Classifier, type JudgedObject, type Judgement, SUGGESTIONS } from "../../domain/classifier.ts";
import { fromJson } from "../../store/codec.ts";
import type { Db } from "../../store/database.ts";
import { getValue, setValue } from "../../store/kv.ts";
import { readSetting } from "../../store/settings.ts";

const log = getLogger(["causeway", "moderation"]);

/** What binds the sealed secret to its use. */
export const HOOK_PURPOSE = "classifier-hook";
/** Where the setting is kept. */
export const HOOK_SETTING = "classifierHook";

/** The setting as it is stored. */
export type HookSetting = { readonly url: string; readonly secret: string; readonly enabled: boolean };

const TIMEOUT_MS = 3_000;
const MAX_ANSWER = 65_536;
/** Characters of a text that are sent. */
const MAX_TEXT = 20_000;
/** So many failures in a row, and it is left alone for a minute; each one after that doubles it, up to half an hour. */
const FAULTS = 5;
const REST_MS = 60_000;
const LONGEST_REST_MS = 30 * 60_000;
const BREAKER = ["moderation", "classifier-hook"] as const;
const DAY = 86_400_000;

/** What is known of the program behind the hook; kept in the database, so that all processes know. */
export type Breaker = {
  readonly faults: number;
  /** Left alone until then, ms. */
  readonly until: number;
  /** In one word: `timeout`, `status`, `answer`, `network`. */
  readonly fault: string | null;
};
const SOUND: Breaker = { faults: 0, until: 0, fault: null };

// A number may lie, and a text may be long: what does not fit is no answer at all.
const ANSWER = z.object({
  labels: z
    .array(z.object({ name: z.string().min(1).max(64), score: z.number().min(0).max(1) }))
    .max(20)
    .default([]),
  suggest: z.enum(SUGGESTIONS),
  model: z.string().max(100).default("hook"),
  reason: z.string().max(1_000).default(""),
});

/** The setting, or null when there is no hook. One statement. */
export async function findHook(db: Db): Promise<HookSetting | null> {
  return fromJson<HookSetting | null>(await readSetting(db, HOOK_SETTING), null);
}

/** Whether public notes are sent to a program, as the page about privacy has to say. */
export async function isReadByProgram(app: App): Promise<boolean> {
  return (await findHook(app.db))?.enabled === true;
}

/** How the program did lately. */
export async function hookBreaker(app: App): Promise<Breaker> {
  const stored = await getValue(app.db, BREAKER, app.clock.now());
  return stored === undefined ? SOUND : (stored as Breaker);
}

/** The hook as a classifier; null when there is none, or it is switched off. */
export async function hookClassifier(app: App): Promise<Classifier | null> {
  const hook = await findHook(app.db);
  if (hook === null || !hook.enabled) return null;
  return { judge: async (object) => await ask(app, hook, object) };
}

async function ask(app: App, hook: HookSetting, object: JudgedObject): Promise<Judgement | null> {
  const before = await hookBreaker(app);
  if (before.until > app.clock.now()) return null;
  const outcome = await exchange(app, hook, object);
  if (typeof outcome === "string") {
    await setValue(app.db, BREAKER, afterFault(before, outcome, app.clock.now()), app.clock.now(), DAY);
    log.warn("The classifier did not answer: {fault}", { fault: outcome, faults: before.faults + 1 });
    return null;
  }
  if (before.faults > 0) await setValue(app.db, BREAKER, undefined, app.clock.now());
  return outcome;
}

function afterFault(before: Breaker, fault: string, now: number): Breaker {
  const faults = Math.min(before.faults + 1, 60);
  const rest = faults < FAULTS ? 0 : Math.min(REST_MS * 2 ** (faults - FAULTS), LONGEST_REST_MS);
  return { faults, until: rest === 0 ? 0 : now + rest, fault };
}

/** What came back, or in one word why nothing did. */
async function exchange(app: App, hook: HookSetting, object: JudgedObject): Promise<Judgement | string> {
  const body = JSON.stringify(toQuestion(app, object));
  const timestamp = isoTime(app.clock.now());
  let answer: { readonly status: number; readonly body: Uint8Array };
  try {
    const secret = await app.vault.open(hook.secret, HOOK_PURPOSE);
    answer = await app.http.fetch({
      url: hook.url,
      method: "POST",
      headers: {
        "content-type": "application/json",
        accept: "application/json",
        "causeway-timestamp": timestamp,
        "causeway-signature": signHook(secret, timestamp, body),
      },
      body,
      timeoutMs: TIMEOUT_MS,
      maxBytes: MAX_ANSWER,
      maxRedirects: 0,
    });
  } catch (error) {
    return error instanceof Error && "kind" in error && error.kind === "timeout" ? "timeout" : "network";
  }
  if (answer.status !== 200) return "status";
  return toJudgement(answer.body) ?? "answer";
}

function toJudgement(body: Uint8Array): Judgement | null {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch {
    return null;
  }
  const parsed = ANSWER.safeParse(json);
  return parsed.success ? { ...parsed.data, ruleIds: [] } : null;
}

/** `v1=` and HMAC-SHA-256 of the timestamp, a point and the body, hex. */
export function signHook(secret: string, timestamp: string, body: string): string {
  return `v1=${createHmac("sha256", secret).update(`${timestamp}.${body}`).digest("hex")}`;
}

/** What the program is told; only ever about what everybody may see. */
function toQuestion(app: App, object: JudgedObject) {
  return {
    v: 1,
    object: {
      id: object.uri,
      type: object.type,
      text: object.text.slice(0, MAX_TEXT),
      lang: object.language,
      media: object.media.map(({ sha256, url, type }) => ({ sha256, url, type })),
    },
    actor: {
      id: object.actor.uri,
      ageDays: Math.max(0, Math.floor((app.clock.now() - object.actor.since) / DAY)),
      local: object.actor.local,
    },
    context: { instance: app.config.origin, links: object.links, mentions: object.mentions },
  };
}
