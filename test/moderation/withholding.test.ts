import { afterEach, expect, test } from "vitest";
import { createRegistry } from "../../api/streaming/registry.ts";
import { tellEntry } from "../../api/streaming/tell-entry.ts";
import { findHolder } from "../../server/services/clients/tokens.ts";
import { createToken } from "../../server/services/operations/operations.ts";
import { parseConfig } from "../../server/config.ts";
import { reportActor } from "../../server/services/moderation/reports.ts";
import { requestCountry } from "../../server/http/country.ts";
import type { NewWithholding } from "../../server/domain/withholding.ts";
import { isCountry, readCountries, readCountry } from "../../server/domain/withholding.ts";
import { drawLandscape, PALETTES } from "../../server/demo/pictures.ts";
import { uploadImage } from "../../server/services/media/attachments.ts";
import { verifyLog } from "../../server/services/moderation/log-check.ts";
import { listLog } from "../../server/services/moderation/log-views.ts";
import {
  endDueWithholdings,
  endWithholding,
  placeWithholding,
} from "../../server/services/moderation/withholdings.ts";
import { viewNote } from "../../server/services/threads/threads.ts";
import { noteSeenFrom, readingFrom } from "../../server/services/moderation/withheld-here.ts";
import { type AppealId, asId, type DecisionId } from "../../server/domain/ids.ts";
import { appealDecision, judgeAppeal } from "../../server/services/moderation/appeals.ts";
import { editNote } from "../../server/services/notes/notes.ts";
import type { Database } from "../../server/store/database.ts";
import { eachDatabase } from "../support/databases.ts";
import { aMember, aNote, createInstance, type Member, type TestInstance } from "../support/instance.ts";

const DAY = 86_400_000;
const MARKER = "zebrafish";

/** A request through our own proxy, which says where it came from. */
async function from(
  home: TestInstance,
  country: string | null,
  path: string,
  init: {
    readonly who?: Member;
    readonly peer?: string;
    readonly headers?: Readonly<Record<string, string>>;
  } = {},
): Promise<Response> {
  const headers = new Headers({ accept: "text/html", ...init.headers });
  if (country !== null) headers.set("cf-ipcountry", country);
  if (init.who !== undefined) headers.set("cookie", `__Host-session=${init.who.sessionToken}`);
  const request = new Request(new URL(path, "https://home.test"), { headers });
  return await home.fetch(request, { ip: init.peer ?? "127.0.0.1" });
}

async function aPlace(database?: Database, environment: Readonly<Record<string, string>> = {}) {
  const home = await createInstance({
    ...(database === undefined ? {} : { database }),
    environment: { CAUSEWAY_COUNTRY_HEADER: "CF-IPCountry", ...environment },
  });
  const { owner } = home;
  if (owner === null) throw new Error("Nobody owns this instance.");
  const ada = await aMember(home, "ada");
  const picture = await uploadImage(home.app, ada.viewer, {
    bytes: await drawLandscape(PALETTES.dawn, 4, { width: 90, height: 60 }),
    alt: MARKER,
  });
  const note = await aNote(home, {
    by: ada.viewer,
    source: `lighthouse ${MARKER}`,
    summary: MARKER,
    attachments: [{ id: picture.id }],
  });
  const demand = (change: Partial<NewWithholding> = {}): NewWithholding => ({
    object: note.uri,
    countries: ["DE", "FR"],
    basis: "court_order",
    legalRef: "LG Hamburg 324 O 1/26",
    requester: "Landgericht Hamburg",
    authorityUrl: "https://court.example/",
    facts: "An order of the court.",
    notice: { en: "A court told us to.", de: "Ein Gericht verlangt es." },
    category: "STATEMENT_CATEGORY_ILLEGAL_OR_HARMFUL_SPEECH",
    language: "en",
    receivedAt: home.clock.now() - DAY,
    endsAt: null,
    ...change,
  });
  const address = `/@ada/${note.id}`;
  const media = note.attachments[0]?.url ?? "";
  return { home, owner, ada, note, demand, address, media };
}

eachDatabase((_name, open) => {
  const running: TestInstance[] = [];
  afterEach(async () => {
    for (const one of running.splice(0)) await one.stop(0);
  });
  const place = async () => {
    const made = await aPlace(await open());
    running.push(made.home);
    return made;
  };

  test("visitors of the named countries get 451 with the notice, everybody else the note (RFC 7725)", async () => {
    const { home, owner, demand, address, media, ada } = await place();
    const id = await placeWithholding(home.app, owner, demand());
    const refused = await from(home, "DE", address);
    const page = await refused.text();
    expect(refused.status).toBe(451);
    expect(refused.headers.get("link")).toBe(
      `<https://home.test/moderation/withheld/${id}>; rel="blocked-by"`,
    );
    expect(refused.headers.get("cache-control")).toBe("private, no-store");
    expect(page).toContain("LG Hamburg 324 O 1/26");
    expect(page).toContain("A court told us to.");
    expect(page).toContain("visible everywhere else");
    expect(page).not.toContain(MARKER);
    for (const country of [null, "US", "T1", "XX", "DEU", "D", "", "DE, FR", "%44E"])
      expect((await from(home, country, address)).status, String(country)).toBe(200);
    for (const country of ["DE", "FR", "de", " fr "])
      expect((await from(home, country, address)).status, country).toBe(451);
    // Members alike; who wrote it sees what is theirs.
    const bob = await aMember(home, "bob");
    expect((await from(home, "DE", address, { who: bob })).status).toBe(451);
    const own = await from(home, "DE", address, { who: ada });
    expect(own.status).toBe(200);
    expect(await own.text()).toContain("by a legal demand");
    const picture = await from(home, "FR", media);
    expect([picture.status, (await picture.arrayBuffer()).byteLength]).toEqual([451, 0]);
    expect(picture.headers.get("link")).toContain('rel="blocked-by"');
    const elsewhere = await from(home, "US", media);
    expect([elsewhere.status, elsewhere.headers.get("cache-control")]).toEqual([200, "private, max-age=300"]);
    expect(elsewhere.headers.get("vary")?.toLowerCase()).toContain("cf-ipcountry");
  });

  test("nothing of it is on any page of that country, and a word stands in its place", async () => {
    const { home, owner, demand, address, ada, note } = await place();
    expect(await (await from(home, "DE", "/search?q=lighthouse")).text()).toContain(MARKER);
    await aNote(home, { by: owner, source: "an answer", replyTo: note.id });
    home.clock.advance(60_000);
    await editNote(home.app, ada.viewer, { noteId: note.id, source: `lighthouse ${MARKER} in other words` });
    await aNote(home, { by: owner, source: "I quote", quoteOf: note.id });
    await placeWithholding(home.app, owner, demand());
    for (const path of [
      "/@ada",
      "/@ada?view=grid",
      "/@ada/media",
      "/local",
      "/explore",
      "/explore?view=list",
      "/@ada.atom",
      "/@ada.rss",
      "/@ada.json",
      "/search?q=lighthouse",
      `${address}/history`,
      `${address}/media/1`,
      `${address}/embed`,
      `${address}/likes`,
      `/oembed?url=${encodeURIComponent(`https://home.test${address}`)}`,
      `/api/v1/statuses/${note.id}`,
      `/api/v1/statuses/${note.id}/context`,
      `/api/v1/statuses/${note.id}/history`,
      `/api/v1/statuses/${note.id}/card`,
      `/api/v1/polls/${note.id}`,
      "/@owner_here",
      "/@owner_here.rss",
      "/api/v1/trends/statuses",
      "/api/v2/search?q=lighthouse&type=statuses",
      `/api/v1/accounts/${ada.viewer.actorId}/statuses`,
      "/api/v1/timelines/public?local=true",
    ]) {
      expect(await (await from(home, "DE", path)).text(), path).not.toContain(MARKER);
    }
    const profile = await (await from(home, "DE", "/@ada")).text();
    expect(profile).toContain("Not shown here: a legal demand in Germany, France.");
    const thread = await (await from(home, "DE", `/@owner_here/${note.id + 1}`)).text();
    expect(thread).not.toContain(MARKER);
    expect(await (await from(home, "US", "/@ada")).text()).toContain(MARKER);
  });

  test("apps get the status without words and media, and hear where it is withheld", async () => {
    const { home, owner, demand, note } = await place();
    await placeWithholding(home.app, owner, demand());
    const status = async (country: string | null) =>
      (await (await from(home, country, `/api/v1/statuses/${note.id}`)).json()) as Record<string, unknown>;
    expect(await status("DE")).toMatchObject({
      content: "",
      media_attachments: [],
      spoiler_text: "451 Unavailable For Legal Reasons (DE, FR)",
      withheld: true,
      withheld_in_countries: ["DE", "FR"],
    });
    expect(await status("US")).toMatchObject({
      withheld: false,
      withheld_in_countries: ["DE", "FR"],
      spoiler_text: MARKER,
    });
    const view = await viewNote(home.app, null, note.id);
    expect(noteSeenFrom(view, "FR")).toMatchObject({
      contentHtml: "",
      summary: null,
      attachments: [],
      withheld: { isHere: true },
    });
    expect(noteSeenFrom(view, "US")).toBe(view);
    expect(noteSeenFrom(view, null)).toBe(view);
    const lane = async (country: string) => {
      const headers: Readonly<Record<string, string>> = { host: "home.test", "cf-ipcountry": country };
      const url = new URL(`https://home.test/api/v1/statuses/${note.id}`);
      const request = { method: "GET", url, header: (name: string) => headers[name] ?? null };
      const answer = await home.deliver(request as unknown as Parameters<typeof home.deliver>[0], {
        ip: "127.0.0.1",
      });
      return JSON.stringify(answer?.body);
    };
    expect(await lane("DE")).not.toContain(MARKER);
    expect(await lane("US")).toContain(MARKER);
  });

  test("documents of the wire are the same everywhere", async () => {
    const { home, owner, demand, note, ada } = await place();
    const ask = async (country: string | null, uri: string) =>
      await (await from(home, country, uri, { headers: { accept: "application/activity+json" } })).text();
    const before = await ask(null, note.uri);
    await placeWithholding(home.app, owner, demand());
    await placeWithholding(home.app, owner, demand({ object: "@ada" }));
    expect(await ask("DE", note.uri)).toBe(before);
    expect(before).toContain(MARKER);
    const actor = home.app.uris.actor(ada.viewer.actorId);
    expect(await ask("DE", actor)).toBe(await ask(null, actor));
  });

  test("only a trusted proxy is believed, and only one country", async () => {
    const { home, owner, demand, address } = await place();
    await placeWithholding(home.app, owner, demand());
    expect((await from(home, "DE", address, { peer: "203.0.113.9" })).status).toBe(200);
    expect((await from(home, "DE", address, { peer: "10.0.0.1" })).status).toBe(200);
    expect((await from(home, "US", address, { headers: { "x-country": "DE" } })).status).toBe(200);
    const twice = new Headers({ accept: "text/html" });
    twice.append("cf-ipcountry", "DE");
    twice.append("cf-ipcountry", "US");
    const request = new Request(`https://home.test${address}`, { headers: twice });
    expect((await home.fetch(request, { ip: "127.0.0.1" })).status).toBe(200);
    const config = { countryHeader: null, trustedProxies: ["127.0.0.0/8"] };
    expect(requestCountry(config, "127.0.0.1", () => "DE")).toBeNull();
  });

  test("a person is withheld with all they wrote, keeps their own way in, and others do not notice", async () => {
    const { home, owner, demand, ada, address, media } = await place();
    await placeWithholding(home.app, owner, demand({ object: "@ada", countries: ["DE"] }));
    expect((await from(home, "DE", "/@ada")).status).toBe(451);
    expect((await from(home, "DE", address)).status).toBe(451);
    expect((await from(home, "DE", media)).status).toBe(451);
    expect((await from(home, "FR", "/@ada")).status).toBe(200);
    expect((await from(home, "DE", "/@ada", { who: ada })).status).toBe(200);
    const account = (await (
      await from(home, "DE", `/api/v1/accounts/${ada.viewer.actorId}`)
    ).json()) as Record<string, unknown>;
    expect(account).toMatchObject({ username: "ada", note: "" });
  });

  test("it ends by itself or when it is lifted, and stands in the log without naming anybody", async () => {
    const { home, owner, demand, address, ada, note } = await place();
    const first = await placeWithholding(home.app, owner, demand({ endsAt: home.clock.now() + 2 * DAY }));
    const second = await placeWithholding(home.app, owner, demand({ countries: ["ES"] }));
    expect((await from(home, "ES", address)).status).toBe(451);
    await endWithholding(home.app, owner, second);
    await endWithholding(home.app, owner, second);
    expect((await from(home, "ES", address)).status).toBe(200);
    expect((await from(home, "DE", address)).status).toBe(451);
    expect(await endDueWithholdings(home.app)).toBe(0);
    home.clock.advance(2 * DAY);
    expect(await endDueWithholdings(home.app)).toBe(1);
    expect((await from(home, "DE", address)).status).toBe(200);
    const { lines } = await listLog(home.app, {});
    expect(lines.map(({ line }) => [line.kind, line.what, line.about])).toEqual([
      ["withheld_ended", "expired", 1],
      ["withheld_ended", "lifted", 2],
      ["withheld", "court_order", undefined],
      ["withheld", "court_order", undefined],
    ]);
    expect(lines.at(-1)?.line).toMatchObject({
      countries: ["DE", "FR"],
      ground: "LG Hamburg 324 O 1/26",
      subject: "note",
    });
    expect(JSON.stringify(lines)).not.toMatch(/@ada|\/notes\/|\/users\//);
    expect((await verifyLog(home.app)).fault).toBeNull();
    const decisions = await home.app.db.selectFrom("decisions").selectAll().orderBy("id").execute();
    expect(decisions.map((row) => [row.measure, row.state, row.note_id])).toEqual([
      ["withhold", "ended", note.id],
      ["withhold", "reversed", note.id],
    ]);
    const told = await home.app.db
      .selectFrom("notifications")
      .select("kind")
      .where("account_id", "=", ada.viewer.accountId)
      .where("kind", "=", "decision")
      .execute();
    expect(told.length).toBeGreaterThan(0);
    expect((await from(home, "DE", `/moderation/withheld/${first}`)).status).toBe(200);
    expect(await (await from(home, null, "/moderation/withheld")).text()).toContain("LG Hamburg");
  });

  test("its author appeals, somebody else judges, and what was overturned is shown again", async () => {
    const { home, owner, demand, address, ada } = await place();
    const judge = await aMember(home, "judith", { role: "moderator" });
    await placeWithholding(home.app, owner, demand());
    const decision = await home.app.db.selectFrom("decisions").select("id").executeTakeFirstOrThrow();
    const decisionId = asId<DecisionId>(decision.id);
    await appealDecision(home.app, ada.viewer, { decisionId, comment: "That court has no say here." });
    const appeal = await home.app.db.selectFrom("appeals").select("id").executeTakeFirstOrThrow();
    const appealId = asId<AppealId>(appeal.id);
    await judgeAppeal(home.app, judge.viewer, { appealId, outcome: "overturned", answer: "" });
    expect((await from(home, "DE", address)).status).toBe(200);
    const { lines } = await listLog(home.app, {});
    expect(lines.map(({ line }) => [line.kind, line.what, line.result])).toEqual([
      ["withheld_ended", "lifted", undefined],
      ["appeal", "withhold", "overturned"],
      ["withheld", "court_order", undefined],
    ]);
  });

  test("a demand that is not sound changes nothing, and is for staff alone", async () => {
    const { home, owner, demand, ada } = await place();
    const secret = await aNote(home, { by: ada.viewer, visibility: "followers" });
    const hostile: readonly [string, Partial<NewWithholding>][] = [
      ["countries", { countries: [] }],
      ["countries", { countries: ["Germany"] }],
      ["countries", { countries: ["T1"] }],
      ["countries", { countries: Array.from({ length: 500 }, () => "DE") }],
      ["legalRef", { legalRef: " " }],
      ["legalRef", { legalRef: "x".repeat(600) }],
      ["requester", { requester: "" }],
      ["facts", { facts: "x".repeat(9_000) }],
      ["authorityUrl", { authorityUrl: "javascript:alert(1)" }],
      ["receivedAt", { receivedAt: Number.NaN }],
      ["receivedAt", { receivedAt: home.clock.now() + DAY }],
      ["endsAt", { endsAt: home.clock.now() - 1 }],
      ["endsAt", { endsAt: Number.POSITIVE_INFINITY }],
      ["notice_en", { notice: { en: "x".repeat(9_000) } }],
      ["object", { object: "" }],
      ["object", { object: "https://nowhere.example/1" }],
      ["object", { object: "@nobody" }],
      ["object", { object: secret.uri }],
      ["object", { object: "'; drop table notes; --" }],
    ];
    for (const [field, change] of hostile)
      await expect(placeWithholding(home.app, owner, demand(change)), field).rejects.toMatchObject({
        kind: "invalid",
        fields: { [field]: expect.anything() as unknown },
      });
    await expect(placeWithholding(home.app, ada.viewer, demand())).rejects.toMatchObject({
      kind: "forbidden",
    });
    expect(await home.app.db.selectFrom("withholdings").selectAll().execute()).toEqual([]);
    expect(await home.app.db.selectFrom("log_entries").selectAll().execute()).toEqual([]);
  });
});

test("without a header of the owner's choice nobody is from anywhere, and nothing varies", async () => {
  const { home, owner, demand, address } = await aPlace(undefined, { CAUSEWAY_COUNTRY_HEADER: "" });
  await placeWithholding(home.app, owner, demand());
  const page = await from(home, "DE", address);
  expect([page.status, page.headers.get("cache-control")]).toEqual([200, "public, max-age=60"]);
  expect(page.headers.get("vary")?.toLowerCase()).not.toContain("country");
  await home.close();
});

test("a page on which something is withheld anywhere is shared by no cache; others vary by country", async () => {
  const { home, owner, demand, address } = await aPlace();
  const quiet = await from(home, "US", address);
  expect(quiet.headers.get("cache-control")).toBe("public, max-age=60");
  expect(quiet.headers.get("vary")?.toLowerCase()).toContain("cf-ipcountry");
  await placeWithholding(home.app, owner, demand());
  expect((await from(home, "US", address)).headers.get("cache-control")).toBe("private, no-store");
  expect((await from(home, "US", "/about")).headers.get("cache-control")).toBe("public, max-age=60");
  await home.close();
});

test("whoever judges sees on the pages of staff what is withheld where they are", async () => {
  const { home, owner, ada, note, demand } = await aPlace();
  const bob = await aMember(home, "bob");
  const judge = await aMember(home, "judith", { role: "moderator" });
  const id = await reportActor(home.app, bob.viewer, {
    targetId: ada.viewer.actorId,
    noteIds: [note.id],
    category: "legal",
    comment: "look",
    forward: false,
  });
  await placeWithholding(home.app, owner, demand());
  const page = await from(home, "DE", `/moderation/reports/${id}`, { who: judge });
  expect([page.status, (await page.text()).includes(MARKER)]).toEqual([200, true]);
  await home.close();
});

test("the name of the header is a header's", () => {
  const faults = (name: string) => {
    const parsed = parseConfig({ CAUSEWAY_COUNTRY_HEADER: name });
    return parsed.ok ? [] : parsed.faults;
  };
  for (const name of ["CF-IPCountry", "x-country"]) expect(faults(name), name).toEqual([]);
  for (const name of ["two words", "Cookie", "Authorization", "X-Forwarded-For", "a\r\nb", "ü", "-x"])
    expect(faults(name), name).toHaveLength(1);
});

test("codes of countries are read strictly", () => {
  expect([
    readCountry("de"),
    readCountry(" FR "),
    readCountry("T1"),
    readCountry("XX"),
    readCountry("DEU"),
  ]).toEqual(["DE", "FR", null, null, null]);
  expect([isCountry("DE"), isCountry("de"), isCountry("ZZ"), isCountry("QQ"), isCountry("EU")]).toEqual([
    true,
    false,
    false,
    false,
    false,
  ]);
  expect(readCountries("de; fr,AT  de Narnia")).toEqual({
    countries: ["AT", "DE", "FR"],
    unknown: ["NARNIA"],
  });
});

test("a stream leaves out for each listener what is withheld where they listen, whoever caused it", async () => {
  const { home, owner, ada, demand } = await aPlace();
  await placeWithholding(home.app, owner, demand({ object: "@ada", countries: ["DE"] }));
  const registry = createRegistry(home.app);
  const heard = new Map<string, string[]>();
  for (const country of ["DE", "US"])
    await readingFrom({ country, met: false }, async () => {
      const texts: string[] = [];
      heard.set(country, texts);
      const outlet = {
        send: ({ payload }: { payload: string | null }) => void texts.push(payload ?? ""),
        end: () => undefined,
      };
      const { token } = await createToken(home.app, {
        username: "owner_here",
        scopes: ["read"],
        name: country,
      });
      const connection = registry.open(await findHolder(home.app, token), "203.0.113.9", outlet);
      await connection.subscribe({ stream: "public:local" });
    });
  const note = await aNote(home, { by: ada.viewer, source: `lighthouse ${MARKER}` });
  // As if the author's own request, from the very country, told of it.
  await readingFrom({ country: "DE", met: false }, () => tellEntry(home.app, registry, note.id, "update"));
  expect(heard.get("US")?.join()).toContain(MARKER);
  expect(heard.get("DE")).toHaveLength(1);
  expect(heard.get("DE")?.join()).not.toContain(MARKER);
  expect(heard.get("DE")?.join()).toContain("451 Unavailable For Legal Reasons (DE)");
  await registry.stop();
  await home.close();
});
