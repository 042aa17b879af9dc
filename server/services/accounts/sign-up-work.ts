import { createHash, timingSafeEqual } from "node:crypto";
import type { App } from "../../context.ts";
import { LEAST_FILL_MS, WORK_MS, workBitsFor } from "../../domain/gates.ts";
import type { Db } from "../../store/database.ts";
import { casValue } from "../../store/kv.ts";
import { countSignUps } from "../../store/sign-ups.ts";
import { getSettings } from "./settings.ts";

// A piece of work that a device does before somebody joins: to find a number so that the SHA-256 of `nonce:number` begins
// with so many zero bits. The task is signed and kept nowhere; only tasks that were used are remembered, until they are
// out of date.

const HOUR = 3_600_000;
/** A form may lie open for a day; its task may not. */
const FORM_MS = 24 * HOUR;

/** A new task; harder by itself while many join. Made of time (ms, base 36), bits, nonce and signature, joined by dots. */
export async function makeWork(app: App): Promise<string> {
  const { gates } = await getSettings(app);
  const now = app.clock.now();
  const bits = workBitsFor(gates.workBits, await countSignUps(app.db, now - HOUR));
  const text = `${now.toString(36)}.${bits}.${app.ids.secret(12)}`;
  return `${text}.${app.vault.mac(text, "join-work")}`;
}

/** The nonce of a task that was done (`task:number`) and is still good; null for anything else. */
export function readWork(app: App, done: string): string | null {
  const match = /^([0-9a-z]{1,11})\.(\d{1,2})\.([\w-]{16})\.([\w-]{43}):(\d{1,12})$/.exec(done);
  if (match === null) return null;
  const [, time = "", bits = "", nonce = "", mac = "", found = ""] = match;
  if (!isSigned(app, `${time}.${bits}.${nonce}`, mac, "join-work")) return null;
  const age = app.clock.now() - Number.parseInt(time, 36);
  if (age < 0 || age > WORK_MS) return null;
  return zeroBits(createHash("sha256").update(`${nonce}:${found}`).digest()) >= Number(bits) ? nonce : null;
}

/** Remembers in the caller's transaction that a task was used; false when it was before. */
export async function useWork(app: App, tx: Db, nonce: string): Promise<boolean> {
  return await casValue(tx, ["join-work", nonce], undefined, true, app.clock.now(), WORK_MS);
}

/** A signed word of when a form was opened. */
export function stampForm(app: App): string {
  const time = app.clock.now().toString(36);
  return `${time}.${app.vault.mac(time, "join-opened")}`;
}

/** `soon`: faster than a person fills a form; `unknown`: never opened here, or more than a day ago. */
export function formAge(app: App, stamp: string): "good" | "soon" | "unknown" {
  const [time = "", mac = ""] = stamp.split(".", 2);
  if (!/^[0-9a-z]{1,11}$/.test(time) || !isSigned(app, time, mac, "join-opened")) return "unknown";
  const age = app.clock.now() - Number.parseInt(time, 36);
  if (age < 0 || age > FORM_MS) return "unknown";
  return age < LEAST_FILL_MS ? "soon" : "good";
}

function isSigned(app: App, text: string, mac: string, purpose: string): boolean {
  const right = Buffer.from(app.vault.mac(text, purpose));
  const given = Buffer.from(mac);
  return right.length === given.length && timingSafeEqual(right, given);
}

function zeroBits(digest: Uint8Array): number {
  const first = digest.findIndex((byte) => byte !== 0);
  return first === -1 ? digest.length * 8 : first * 8 + Math.clz32(digest[first] ?? 0) - 24;
}
