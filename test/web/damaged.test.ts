// Columns that hold JSON, damaged in every row at once: what somebody asks for is answered all the same (threats F38).

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { sql } from "kysely";
import { afterEach, expect, test } from "vitest";
import { ROUTES } from "../../api/routes.ts";
import { signIn } from "../../server/services/accounts/sign-in.ts";
import { createToken } from "../../server/services/operations/operations.ts";
import { everyPage } from "../browser/pages.ts";
import { fillSample, type Sample } from "../browser/sample.ts";
import { createInstance, PASSWORD, type TestInstance } from "../support/instance.ts";
import { ROOT } from "../support/sources.ts";
import { addressesOf } from "./attacks.ts";

let home: TestInstance;
afterEach(() => home.close());

/** Every column with JSON, by table. Held against the schema and against what a filled instance has in it. */
const WITH_JSON: Readonly<Record<string, readonly string[]>> = {
  accounts: ["languages", "preferences", "policy", "moderates"],
  activities: ["body"],
  actors: [
    "fields",
    "also_known_as",
    "attribution_domains",
    "emojis",
    "implements",
    "feature_policy",
    "did_statement",
    "did_keys",
    "frozen_offer",
    "withheld",
  ],
  apps: ["redirect_uris"],
  arrivals: ["choices", "report", "fault"],
  attachments: ["variants", "captions"],
  audit_entries: ["detail"],
  classifier_rules: ["pattern"],
  decisions: ["statement", "before"],
  domain_drafts: ["before", "fault"],
  drafts: ["body", "fault"],
  escape_kits: ["kit"],
  evacuations: ["document", "objection"],
  filters: ["contexts"],
  holds: ["labels"],
  identities: ["statement"],
  inbox: ["body"],
  interactions: ["detail"],
  jobs: ["payload"],
  kv: ["value"],
  lifeboats: ["options"],
  log_entries: ["body"],
  notes: ["content_map", "event", "emojis", "policy", "labels", "withheld"],
  passkeys: ["transports"],
  push_subscriptions: ["kinds"],
  reports: ["note_uris", "rule_ids"],
  settings: ["value"],
  standby_agreements: ["document"],
  standby_members: ["profile", "kit", "followers", "keys"],
  standby_records: ["body"],
  successors: ["notice"],
  transfer_rows: ["data", "message"],
  trends: ["detail"],
  wave_members: ["before"],
  withholdings: ["countries", "notice"],
};

/** What a text may have become: cut off, nothing, without what was in it, a list, and one with nonsense in it. */
const DAMAGES = ['{"cut": ["off', "null", "{}", '[null, 7, "x", {}]'] as const;

type Ask = { readonly path: string; readonly headers: Readonly<Record<string, string>> };

/** Columns whose comment speaks of JSON that is in another one, or sealed. */
const NONE = ["did", "manifest_hash", "secret", "kind"];

test("damaged JSON in every row: each page, each answer to an app and each document is still answered (F38)", async () => {
  home = await createInstance();
  const asks = await everyAsk(await fillSample(home));
  const listed = Object.values(WITH_JSON).flat();
  expect(await unlisted()).toEqual([]);
  expect(commentedColumns().filter((column) => ![...listed, ...NONE].includes(column))).toEqual([]);
  const faults = [];
  for (const damage of [null, ...DAMAGES]) {
    if (damage !== null) await damageAll(damage);
    for (const { status, path } of await answersTo(asks))
      if (status >= 500) faults.push(`${damage ?? "as it was"}: ${status} ${path}`);
  }
  expect(faults).toEqual([]);
}, 240_000);

async function damageAll(damage: string): Promise<void> {
  // What may only be added to is kept from us by triggers, but not from a disk.
  const kept = await sql<{ readonly name: string }>`select name from sqlite_master
    where type = 'trigger' and sql like '%append-only%'`.execute(home.app.db);
  for (const { name } of kept.rows) await sql`drop trigger ${sql.ref(name)}`.execute(home.app.db);
  for (const [table, columns] of Object.entries(WITH_JSON))
    for (const column of columns)
      await sql`update ${sql.table(table)} set ${sql.ref(column)} = ${damage}`.execute(home.app.db);
}

async function answersTo(
  asks: readonly Ask[],
): Promise<readonly { readonly path: string; readonly status: number }[]> {
  const answers = [];
  for (const { path, headers } of asks) {
    home.clock.advance(20_000);
    const answer = await home
      .request(path, { headers, redirect: "manual" })
      .catch((error: unknown) => String(error));
    if (typeof answer !== "string") await answer.text();
    answers.push({ path, status: typeof answer === "string" ? 599 : answer.status });
  }
  return answers;
}

/** Every page of the page table, as its reader and as the owner; what apps ask; documents of other servers. */
async function everyAsk(sample: Sample): Promise<readonly Ask[]> {
  const cookies = new Map([["guest", {}]]);
  for (const username of ["ada", "owner_here", "lin_before"]) {
    const signedIn = await signIn(home.app, { username, password: PASSWORD, ip: "203.0.113.9", agent: "" });
    if (signedIn.state !== "signed_in") throw new Error(`${username} has a second step.`);
    cookies.set(username, { cookie: `__Host-session=${signedIn.sessionToken}` });
  }
  const pages = everyPage(sample).map(({ path, as }) => ({
    path,
    headers: { accept: "text/html", ...cookies.get(as) },
  }));
  const rest = addressesOf("ada", { ids: {}, notes: [sample.thread.id] })
    .filter(({ method }) => method === "GET")
    .map(({ path }) => ({ path, headers: { accept: "text/html", ...cookies.get("owner_here") } }));
  const { token } = await createToken(home.app, {
    username: "owner_here",
    scopes: ["read", "write", "follow", "push", "profile", "admin:read", "admin:write"],
    name: "app",
  });
  const headers = { accept: "application/json", authorization: `Bearer ${token}` };
  const answers = ROUTES.filter(([method, path]) => method === "GET" && !path.includes("streaming")).map(
    ([, path]) => ({
      path: path
        .replace(/(statuses)\/:\w+(?:\{[^}]*\})?/, `$1/${sample.thread.id}`)
        .replace(/(accounts)\/:\w+(?:\{[^}]*\})?/, `$1/${sample.ada.actorId}`)
        .replace(/:\w+(?:\{[^}]*\})?/g, "1"),
      headers,
    }),
  );
  const ada = `/users/${sample.ada.actorId}`;
  const documents = [
    ada,
    ...["outbox", "followers", "following", "featured"].map((name) => `${ada}/${name}`),
    `/notes/${sample.thread.id}`,
    `/notes/${sample.asked.id}`,
    "/nodeinfo/2.1",
    "/.well-known/webfinger?resource=acct:ada@home.test",
  ].map((path) => ({ path, headers: { accept: "application/activity+json" } }));
  return [...pages, ...rest, ...answers, ...documents];
}

/** Columns of a filled instance that hold JSON and are not in the list. */
async function unlisted(): Promise<readonly string[]> {
  const found: string[] = [];
  for (const { name, columns } of await home.app.db.introspection.getTables())
    for (const { name: column } of columns) {
      if (WITH_JSON[name]?.includes(column) === true) continue;
      const { rows } = await sql<{ value: unknown }>`
        select ${sql.ref(column)} as value from ${sql.table(name)} where ${sql.ref(column)} is not null`.execute(
        home.app.db,
      );
      if (rows.some(({ value }) => typeof value === "string" && isJson(value)))
        found.push(`${name}.${column}`);
    }
  return found;
}

function isJson(text: string): boolean {
  if (!/^[[{]/.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function commentedColumns(): readonly string[] {
  return ["schema.ts", "lifeboat-schema.ts", "safety-schema.ts"].flatMap((file) => {
    const source = readFileSync(join(ROOT, "server", "store", file), "utf8");
    return [...source.matchAll(/\/\*\*((?:(?!\*\/)[^])*)\*\/\s+(\w+):/g)]
      .filter(([, comment = ""]) => /\bJSON\b/.test(comment))
      .map(([, , column = ""]) => column);
  });
}
