// The page table as an attacker reads it: every address with somebody else's things in it. For test/web/attacks-*.test.ts.

import { sql } from "kysely";
import { collectNote, createBoard } from "../../server/services/boards/boards.ts";
import { createFilter } from "../../server/services/filters/filters.ts";
import { requestLifeboat } from "../../server/services/lifeboats/lifeboats.ts";
import { addToList, createList } from "../../server/services/lists/lists.ts";
import { uploadImage } from "../../server/services/media/attachments.ts";
import { beginUpload } from "../../server/services/media/pieces.ts";
import { beginArrival } from "../../server/services/arrivals/arrivals.ts";
import { beginImport } from "../../server/services/transfers/import.ts";
import { saveDraft } from "../../server/services/notes/drafts.ts";
import { deleteNote } from "../../server/services/notes/notes.ts";
import { appealDecision } from "../../server/services/moderation/appeals.ts";
import { decide } from "../../server/services/moderation/decisions.ts";
import { NO_REASONS, statementOf } from "../../server/services/moderation/statements.ts";
import { createToken, suspendAccount } from "../../server/services/operations/operations.ts";
import { schedulePost } from "../../server/services/notes/scheduled.ts";
import { reportActor } from "../../server/services/moderation/reports.ts";
import { subscribePush } from "../../server/services/push/subscriptions.ts";
import { drawLandscape, PALETTES } from "../../server/demo/pictures.ts";
import { PAGES } from "../../web/page-table.ts";
import { csrfToken } from "../../web/session.ts";
import { dialectOf } from "../../server/store/database.ts";
import { aMember, aNote, type Member, type TestInstance } from "../support/instance.ts";
import { createDevice } from "../support/push-service.ts";

/** Stands in everything that is carol's alone; nobody else may ever read it. */
export const MARKER = "zebrafish";

/** Carol, with one of everything that is private. */
export type Private = {
  readonly carol: Member;
  readonly notes: readonly number[];
  /** By the name that the page table gives it. */
  readonly ids: Readonly<Record<string, number>>;
};

/** Gives carol one of everything that is hers alone, and some things that were everybody's once. */
export async function privateThings(home: TestInstance): Promise<Private> {
  const { app } = home;
  const carol = await aMember(home, "carol");
  const dave = await aMember(home, "dave");
  const { viewer } = carol;
  const source = `lighthouse ${MARKER} #harbour`;
  const picture = await uploadImage(app, viewer, {
    bytes: await drawLandscape(PALETTES.dawn, 4, { width: 90, height: 60 }),
    alt: MARKER,
  });
  const poll = { options: [MARKER, "no"], multiple: false, expiresInMs: 86_400_000 };
  const followers = await aNote(home, {
    by: viewer,
    source,
    visibility: "followers",
    attachments: [{ id: picture.id }],
  });
  const asked = await aNote(home, { by: viewer, source, visibility: "followers", poll });
  const direct = await aNote(home, { by: viewer, source: `@dave ${source}`, visibility: "direct" });
  const gone = await aNote(home, { by: viewer, source, title: MARKER });
  await deleteNote(app, viewer, gone.id);
  const silenced = await aMember(home, "silenced");
  const theirs = await aNote(home, { by: silenced.viewer, source });
  await suspendAccount(app, { username: "silenced" });
  const board = await createBoard(app, viewer, { name: MARKER, summary: MARKER, visibility: "private" });
  await collectNote(app, viewer, followers.id, { boardIds: [board], comment: MARKER });
  const list = await createList(app, viewer, { title: MARKER });
  await addToList(app, viewer, list, dave.viewer.actorId);
  const filter = await createFilter(app, viewer, {
    title: MARKER,
    contexts: ["home"],
    action: "warn",
    keywords: [{ keyword: MARKER, wholeWord: true }],
  });
  const typed = {
    source,
    summary: "",
    visibility: "public",
    language: "en",
    sensitive: false,
    replyToId: null,
    attachmentIds: [],
  } as const;
  const draft = await saveDraft(app, viewer, typed);
  const scheduled = await schedulePost(app, viewer, { ...typed, at: home.clock.now() + 3_600_000 });
  const upload = await beginUpload(app, viewer, {
    name: `${MARKER}.png`,
    size: 1000,
    mediaType: "image/png",
  });
  await subscribePush(app, viewer, { ...createDevice(), sessionToken: carol.sessionToken });
  const push = await app.db.selectFrom("push_subscriptions").select("id").executeTakeFirstOrThrow();
  const session = await app.db
    .selectFrom("sessions")
    .select("id")
    .where("account_id", "=", viewer.accountId)
    .executeTakeFirstOrThrow();
  await createToken(app, { username: "carol", scopes: ["read"], name: MARKER });
  const token = await app.db
    .selectFrom("tokens")
    .select("id")
    .where("account_id", "=", viewer.accountId)
    .executeTakeFirstOrThrow();
  await app.db
    .insertInto("passkeys")
    .values({
      id: 77,
      account_id: viewer.accountId,
      credential_id: "x",
      public_key: "x",
      counter: 0,
      transports: "[]",
      name: MARKER,
      backed_up: 0,
      created_at: 0,
      used_at: null,
    })
    .execute();
  const waiting = { id: 78, account_id: viewer.accountId, actor_id: dave.viewer.actorId };
  await app.db
    .insertInto("notification_requests")
    .values({ ...waiting, last_note_id: null, created_at: 0, updated_at: 0 })
    .execute();
  const lifeboat = await requestLifeboat(app, viewer, {
    closing: "open",
    followersOnly: true,
    followers: false,
    keys: false,
    passphrase: "",
    phrase: "",
  });
  const transfer = await beginImport(app, viewer, {
    name: `${MARKER}.csv`,
    bytes: new TextEncoder().encode(`${MARKER},dave\n`),
    kind: "lists",
  });
  const arrival = await beginArrival(app, viewer, 1_000);
  const report = await reportActor(app, viewer, {
    targetId: dave.viewer.actorId,
    noteIds: [],
    category: "other",
    comment: MARKER,
    forward: false,
  });
  const decision = await decide(app, null, {
    measure: "warn",
    actorId: viewer.actorId,
    statement: await statementOf(
      app,
      { measure: "warn", isReported: false },
      { ...NO_REASONS, groundText: "Be kind.", facts: MARKER },
    ),
  });
  await appealDecision(app, viewer, { decisionId: decision, comment: MARKER });
  const rule = app.ids.next();
  await app.db
    .insertInto("classifier_rules")
    .values({
      id: rule,
      name: MARKER,
      kind: "words",
      pattern: `${MARKER} word`,
      suggestion: "report",
      label: MARKER,
      enabled: 0,
      hits: 0,
      created_at: app.clock.now(),
    })
    .execute();
  const appeal = await app.db.selectFrom("appeals").select("id").executeTakeFirstOrThrow();
  await standFor(home);
  return {
    carol,
    notes: [followers.id, asked.id, direct.id, gone.id, theirs.id],
    ids: {
      board,
      list,
      filter,
      draft: draft.id,
      scheduled: scheduled.id,
      upload: upload.id,
      media: picture.id,
      push: push.id,
      session: session.id,
      passkey: 77,
      token: token.id,
      waiting: 78,
      transfer,
      arrival: arrival.id,
      lifeboat,
      report,
      decision,
      appeal: appeal.id,
      person: viewer.actorId,
      rule,
    },
  };
}

/** Of the agreement in every address of a community. */
const AGREEMENT = "00000000-0000-4000-8000-000000000071";

/** The instance stands by for another one, whose trustees may sign here. */
async function standFor({ app }: TestInstance): Promise<void> {
  const partner = "https://lost.example";
  const document = {
    type: "StandbyAgreement",
    v: 1,
    id: `urn:uuid:${AGREEMENT}`,
    home: partner,
    homeActor: `${partner}/users/1`,
    standby: app.config.origin,
    standbyActor: `${app.config.origin}/users/1`,
    since: "2026-06-01T12:00:00Z",
    scope: ["public"],
    maxBytes: 1_000_000,
    trustees: ["did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"],
    threshold: 1,
    waitHours: 6,
  };
  await app.db
    .insertInto("standby_agreements")
    .values({
      id: 71,
      uri: document.id,
      role: "standby",
      partner,
      document: JSON.stringify(document),
      state: "agreed",
      cursor: null,
      seq: 0,
      head: null,
      bytes: 0,
      created_at: app.clock.now(),
      agreed_at: app.clock.now(),
      ended_at: null,
      seen_at: app.clock.now(),
    })
    .execute();
}

export type Address = { readonly method: "GET" | "POST" | "PATCH" | "DELETE"; readonly path: string };

const KINDS: readonly (readonly [RegExp, string])[] = [
  [/^\/lists\//, "list"],
  [/^\/uploads\/media\//, "media"],
  [/^\/uploads\//, "upload"],
  [/^\/media\//, "media"],
  [/^\/drafts\//, "draft"],
  [/^\/scheduled\//, "scheduled"],
  [/^\/settings\/filters\//, "filter"],
  [/^\/settings\/lifeboat\//, "lifeboat"],
  [/^\/moderation\/reports\//, "report"],
  [/^\/moderation\/people\//, "person"],
  [/^\/admin\/classifier\//, "rule"],
  [/^\/settings\/passkeys\//, "passkey"],
  [/^\/settings\/import\//, "transfer"],
  [/^\/settings\/arrival\//, "arrival"],
  [/devices\//, "push"],
  [/^\/settings\/apps\//, "token"],
  [/^\/notifications\/waiting\//, "waiting"],
];

/** Every address of the page table with somebody's things in it; those of notes once for each note. */
export function addressesOf(
  name: string,
  { ids, notes }: Pick<Private, "ids" | "notes">,
): readonly Address[] {
  return PAGES.flatMap(([method, pattern]) => {
    const kind = KINDS.find(([form]) => form.test(pattern))?.[1] ?? "";
    const isOfNote = /^\/:handle\{[^}]+\}\/:id/.test(pattern);
    const paths = (isOfNote ? notes : [ids[kind] ?? 1]).map((id) =>
      pattern
        .replace(/:handle\{[^}]+\}/, `@${name}`)
        .replace(/:feed\{@.*\}$/, `@${name}.rss`)
        .replace(/^\/tags\/:feed\{.*\}$/, "/tags/harbour.json")
        .replace(/:feed\{.*\}$/, `${ids["board"] ?? 1}.atom`)
        .replace(/:board\{[^}]+\}/, String(ids["board"] ?? 1))
        .replace(/:id\{[^}]+\}/, String(id))
        .replace(/:number\{.*?\}$/, "1")
        .replace(":verb", "like")
        .replace(":tag", "harbour")
        .replace(/:agreement\{.*\}$/, AGREEMENT)
        .replace(/^\/settings\/export\/:file$/, "/settings/export/lists.csv")
        .replace(/:\w+(?:\{[^}]*\})?/g, "x"),
    );
    return paths.map((path) => ({ method, path }));
  });
}

/** Everything that a form could name, all of it somebody else's. */
export function fieldsOf({ ids, notes, carol }: Private): readonly (readonly [string, string])[] {
  const note = String(notes[0] ?? 1);
  return [
    ["board", String(ids["board"])],
    ["place", String(ids["board"])],
    ["list", String(ids["list"])],
    ["filter", String(ids["filter"])],
    ["note", note],
    ["reply", note],
    ["quote", note],
    ["draft", String(ids["draft"])],
    ["attachment", String(ids["media"])],
    ["attachments", String(ids["media"])],
    ["media", String(ids["media"])],
    ["session", String(ids["session"])],
    ["id", note],
    ["option", "0"],
    ["object", `https://home.test/notes/${note}`],
    ["actor", String(carol.viewer.actorId)],
    ["decision", String(ids["decision"])],
    [`comment-${ids["decision"]}`, "mine now"],
    ["appeal", String(ids["appeal"])],
    [`answer-${ids["appeal"]}`, "mine now"],
    ["measure", "hide"],
    ["language", "en"],
    ["captions", "00:00.000 --> 00:01.000\nx"],
    ["name", "bobs own"],
    ["title", "bobs own"],
    ["visibility", "public"],
    ["comment", "mine now"],
  ];
}

/** A request of a browser. */
export async function ask(
  home: TestInstance,
  { method, path }: Address,
  options: {
    readonly who?: Member | null;
    readonly fields?: readonly (readonly [string, string])[];
    readonly headers?: Readonly<Record<string, string>>;
    readonly csrf?: string;
  } = {},
): Promise<Response> {
  const { who = null, headers = {} } = options;
  const csrf = options.csrf ?? (who === null ? "" : csrfToken(home.app, who.sessionToken));
  const body =
    method === "GET" || method === "DELETE"
      ? null
      : method === "PATCH"
        ? "x"
        : new URLSearchParams(
            [["csrf", csrf], ...(options.fields ?? [])].map(([name = "", value = ""]) => [name, value]),
          );
  return await home.request(path, {
    method,
    body,
    headers: {
      accept: "text/html",
      "sec-fetch-site": "same-origin",
      ...(who === null ? {} : { cookie: `__Host-session=${who.sessionToken}` }),
      ...(method === "PATCH"
        ? { "upload-offset": "0", "content-type": "application/offset+octet-stream" }
        : {}),
      ...headers,
    },
  });
}

/** Tables that move without anybody having done anything. */
const RESTLESS = new Set(["kv", "metrics", "lock", "locks"]);

/** Every table that moves only when somebody did something. */
export async function tablesOf({ app }: Pick<TestInstance, "app">): Promise<readonly string[]> {
  const found =
    dialectOf(app.db) === "postgres"
      ? sql<{ name: string }>`select tablename as name from pg_tables where schemaname = 'public'`
      : sql<{
          name: string;
        }>`select name from sqlite_master where type = 'table' and name not like 'sqlite_%'`;
  const { rows } = await found.execute(app.db);
  return rows.map(({ name }) => name).filter((name) => !RESTLESS.has(name) && !name.startsWith("search"));
}

/** All rows of all tables, as text, but those of the named tables. */
export async function everything(home: TestInstance, leftOut: readonly string[] = []): Promise<string> {
  const kept: string[] = [];
  for (const name of await tablesOf(home)) {
    if (leftOut.includes(name)) continue;
    const found = await sql`select * from ${sql.raw(name)}`.execute(home.app.db);
    kept.push(`${name}: ${JSON.stringify(found.rows.map(sorted).toSorted())}`);
  }
  return kept.join("\n");
}

function sorted(row: unknown): string {
  return JSON.stringify(
    Object.entries(row ?? {}).filter(([name]) => !/^(?:seen_at|used_at|last_)/.test(name)),
  );
}
