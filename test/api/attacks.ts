// The table of routes as an attacker reads it: every address with somebody else's things in it. For the tests of this folder
// that are made of ROUTES; a new route is attacked without anybody writing a test, and a new kind of id must be named here.

import { sql } from "kysely";
import { afterAll, describe } from "vitest";
import { z } from "zod";
import type { Endpoint } from "../../api/endpoint.ts";
import { type Method, ROUTES } from "../../api/routes.ts";
import type { FilterId } from "../../server/domain/filter.ts";
import { asId } from "../../server/domain/ids.ts";
import { featureTag } from "../../server/services/actors/featured-tags.ts";
import { addFilteredNote } from "../../server/services/filters/filter-parts.ts";
import { uploadImage } from "../../server/services/media/attachments.ts";
import { likeNote } from "../../server/services/reactions/reactions.ts";
import { drawLandscape, PALETTES } from "../../server/demo/pictures.ts";
import { dialectOf } from "../../server/store/database.ts";
import { createPostgresDatabase, type OwnDatabase } from "../support/databases.ts";
import { aNote, createInstance, type InstanceOptions, type TestInstance } from "../support/instance.ts";
import { everything, MARKER, type Private, privateThings, tablesOf } from "../web/attacks.ts";
import { ask, type Served } from "./client.ts";
import { watched } from "./contract.ts";

/** An instance that listens on no port; its answers are held against their promises all the same. */
export function inWatch(instance: TestInstance): Served {
  return { instance: watched(instance, () => undefined), origin: instance.app.config.origin };
}

/** A token of an app that speaks for itself alone. */
export async function anAppToken(served: Served): Promise<string> {
  const registered = await ask(served, "POST", "/api/v1/apps", {
    body: {
      client_name: "Alone",
      redirect_uris: "urn:ietf:wg:oauth:2.0:oob",
      scopes: "read write follow push",
    },
  });
  const app = z.object({ client_id: z.string(), client_secret: z.string() }).parse(registered.json);
  const body = { ...app, grant_type: "client_credentials", scope: "read write follow push" };
  const { json } = await ask(served, "POST", "/oauth/token", { body });
  return z.object({ access_token: z.string() }).parse(json).access_token;
}

/** Gives carol one of everything that only she may see or change, and has dave tell her something. */
export async function aWorld(instance: TestInstance): Promise<Private> {
  const { app } = instance;
  const hers = await privateThings(instance);
  const { viewer } = hers.carol;
  const [followersOnly = 0, poll = 0] = hers.notes;
  const dave = await app.db
    .selectFrom("actors")
    .innerJoin("accounts", "accounts.actor_id", "actors.id")
    .select(["actors.id", "accounts.id as account_id"])
    .where("actors.username", "=", "dave")
    .executeTakeFirstOrThrow();
  const daveViewer = { ...viewer, actorId: asId<typeof viewer.actorId>(dave.id), username: "dave" };
  await aNote(instance, {
    by: { ...daveViewer, accountId: asId<typeof viewer.accountId>(dave.account_id) },
    source: `@carol ${MARKER}`,
    visibility: "direct",
  });
  const open = await aNote(instance, { by: viewer, source: "For everybody" });
  await likeNote(app, { ...daveViewer, accountId: asId<typeof viewer.accountId>(dave.account_id) }, open.id);
  await featureTag(app, viewer, "harbour");
  const loose = await uploadImage(app, viewer, {
    bytes: await drawLandscape(PALETTES.dawn, 5, { width: 60, height: 40 }),
    alt: MARKER,
  });
  await addFilteredNote(app, viewer, asId<FilterId>(hers.ids["filter"] ?? 0), asId(followersOnly));
  await app.db
    .insertInto("follows")
    .values({
      id: 4_241,
      uri: "https://home.test/follows/4241",
      actor_id: dave.id,
      target_id: viewer.actorId,
      state: "pending",
      created_at: 0,
    })
    .execute();
  const first = async (table: string, where = sql`1 = 1`): Promise<number> => {
    const query = sql<{
      id: number;
    }>`select id from ${sql.table(table)} where ${where} order by id desc limit 1`;
    return (await query.execute(app.db)).rows[0]?.id ?? 0;
  };
  const ofCarol = sql`account_id = ${viewer.accountId}`;
  return {
    ...hers,
    ids: {
      ...hers.ids,
      loose: loose.id,
      poll,
      conversation: await first("conversations", ofCarol),
      notification: await first("notifications", ofCarol),
      featured_tag: await first("featured_tags"),
      keyword: await first("filter_keywords"),
      filtered: await first("filter_notes"),
      follower: dave.id,
    },
  };
}

/** Whose ids stand in an address. The first that fits counts. */
const KINDS: readonly (readonly [RegExp, string])[] = [
  [/\/statuses\/:/, "note"],
  [/^\/api\/v1\/polls\/:/, "poll"],
  [/^\/api\/v1\/media\/:/, "media"],
  [/^\/api\/v1\/scheduled_statuses\/:/, "scheduled"],
  [/^\/api\/v1\/(?:timelines\/list|lists)\/:/, "list"],
  [/^\/api\/v2\/filters\/keywords\/:|^\/api\/v1\/filters\/:/, "keyword"],
  [/^\/api\/v2\/filters\/statuses\/:/, "filtered"],
  [/^\/api\/v2\/filters\/:/, "filter"],
  [/^\/api\/v1\/notifications\/requests\/:/, "waiting"],
  [/^\/api\/v1\/notifications\/:/, "notification"],
  [/^\/api\/v2\/notifications\/:/, "group"],
  [/^\/api\/v1\/conversations\/:/, "conversation"],
  [/^\/api\/v1\/featured_tags\/:/, "featured_tag"],
  [/^\/api\/v1\/follow_requests\/:/, "follower"],
];

/** Addresses of things that everybody may name, and of what only the team has anything to do with. */
const EVERYBODYS =
  /^\/api\/v[12]\/(?:timelines\/tag|accounts|tags|announcements|suggestions|instance|admin|directory|annual_reports|async_refreshes)\b/;

/** The kind of id in a path; `null` when everybody may name it, `"unknown"` when nobody has said so yet. */
export function kindOf(path: string): string | null {
  if (!path.includes("/:")) return null;
  return KINDS.find(([form]) => form.test(path))?.[1] ?? (EVERYBODYS.test(path) ? null : "unknown");
}

export type Attack = {
  readonly method: Method;
  readonly path: string;
  /** The same with an id that is nobody's. */
  readonly other: string;
  readonly who: Endpoint["who"];
};

/** An id that nothing has. */
const NOBODYS = 123_456_789;

/** Every address that names somebody's own things, with carol's in it. */
export function attacksOn({ ids, notes }: Private): readonly Attack[] {
  return ROUTES.flatMap(([method, pattern, endpoint]) => {
    const kind = kindOf(pattern);
    if (kind === null) return [];
    const { who } = endpoint as unknown as Endpoint;
    return idsOf(kind, ids, notes).map((id) => ({
      method,
      path: filled(pattern, String(id)),
      other: filled(pattern, kind === "group" ? `ungrouped-${NOBODYS}` : String(NOBODYS)),
      who,
    }));
  });
}

function idsOf(kind: string, ids: Private["ids"], notes: readonly number[]): readonly (number | string)[] {
  if (kind === "note") return notes;
  if (kind === "media") return [ids["media"] ?? 1, ids["loose"] ?? 1];
  if (kind === "group") return [`ungrouped-${ids["notification"] ?? 1}`];
  return [ids[kind] ?? 1];
}

function filled(pattern: string, id: string): string {
  return pattern
    .replace(/:emoji(?:\{[^}]*\})?/, encodeURIComponent("👍"))
    .replaceAll(/:\w+(?:\{[^}]*\})?/g, id);
}

/** Everything that a body could name, all of it carol's: as single things and as lists. */
export function bodiesOf({ ids, notes, carol }: Private): readonly Readonly<Record<string, unknown>>[] {
  const id = (kind: string): string => String(ids[kind] ?? 1);
  const texts = notes.map(String);
  const lists = {
    status_ids: texts,
    media_ids: [id("media"), id("loose")],
    account_ids: [String(carol.viewer.actorId)],
  };
  const common = {
    ...lists,
    id: texts,
    status_id: texts[0],
    account_id: String(carol.viewer.actorId),
    choices: ["0"],
    status: "mine",
    title: "mine",
    phrase: "mine",
    keyword: "mine",
    context: ["home"],
    comment: "mine",
    name: "harbour",
    list: id("list"),
    home: { last_read_id: texts[0] },
    media_attributes: [{ id: id("media"), description: "mine" }],
    keywords_attributes: [{ id: id("keyword"), keyword: "mine", _destroy: "1" }],
    statuses_attributes: [{ id: id("filtered"), _destroy: "1" }],
  };
  return [
    { ...common, media_ids: undefined, in_reply_to_id: texts[0] },
    { ...common, media_ids: undefined, quoted_status_id: texts[0] },
    { ...common, media_ids: undefined },
    common,
    { ...common, id: [id("waiting")] },
    { ...common, id: [id("notification")] },
  ];
}

/** As long as it stays the same, nothing was changed: how many rows SQLite ever wrote, a sum of all that PostgreSQL holds. */
export async function writes(instance: TestInstance): Promise<string> {
  const { db } = instance.app;
  if (dialectOf(db) === "sqlite") {
    const { rows } = await sql<{ n: number }>`select total_changes() as n`.execute(db);
    return String(rows[0]?.n);
  }
  const sums = (await tablesOf(instance)).map(
    (name) =>
      sql`(select md5(coalesce(string_agg(t::text, '' order by t::text), '')) from ${sql.table(name)} t)`,
  );
  const { rows } = await sql<{
    sums: string;
  }>`select array_to_string(array[${sql.join(sums)}], '') as sums`.execute(db);
  return rows[0]?.sums ?? "";
}

type Open = (options?: InstanceOptions) => Promise<Served>;

/**
 * The same suite on an instance on each database; what is opened ends with the suite. `share` thins out what is generated: the
 * rows of the table are tried whole on SQLite, every third of them on PostgreSQL, where each request takes several times as long.
 */
export function eachInstance(
  suite: (open: Open, share: <T>(rows: readonly T[]) => readonly T[]) => void,
): void {
  describe("on SQLite", () => {
    suite(opener(), (rows) => rows);
  });
  describe("on PostgreSQL", () => {
    suite(opener(createPostgresDatabase), (rows) => rows.filter((_, index) => index % 3 === 0));
  });
}

function opener(create?: () => Promise<OwnDatabase>): Open {
  const closing: (() => Promise<void>)[] = [];
  afterAll(async () => {
    for (const close of closing.splice(0)) await close();
  });
  return async (options = {}) => {
    const own = await create?.();
    const instance = await createInstance({
      ...options,
      ...(own === undefined ? {} : { database: own.database }),
    });
    closing.push(async () => {
      await instance.close();
      await own?.drop();
    });
    return inWatch(instance);
  };
}

/** Rows that belong to carol or hang on what is hers, but what others reported of her, as text: compare it before and after somebody else did something. */
export async function rowsOf(instance: TestInstance, { carol, ids, notes }: Private): Promise<string> {
  const { viewer } = carol;
  const own: Readonly<Record<string, readonly number[]>> = {
    account_id: [viewer.accountId],
    actor_id: [viewer.actorId],
    list_id: [ids["list"] ?? 0],
    filter_id: [ids["filter"] ?? 0],
    board_id: [ids["board"] ?? 0],
    note_id: notes,
  };
  const lines = (await everything(instance, ["jobs", "idempotency", "trends", "sessions", "reports"])).split(
    "\n",
  );
  return lines
    .map((line) => {
      const [table = "", rows = "[]"] = line.split(/: (.*)/s);
      const hers = (JSON.parse(rows) as string[]).filter((row) => {
        const columns = new Map(JSON.parse(row) as [string, unknown][]);
        // The team is told whom a report is about.
        if (table === "notifications") return columns.get("account_id") === viewer.accountId;
        return Object.entries(own).some(([name, values]) => values.includes(Number(columns.get(name) ?? -1)));
      });
      // Whom others put on lists of their own, and what they feel about what they can see, is those others' business.
      const kept =
        table === "list_members" ? hers.filter((row) => row.includes(`["list_id",${ids["list"]}]`)) : hers;
      return `${table} ${kept.join()}`;
    })
    .join("\n");
}
