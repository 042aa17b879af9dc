import { afterAll, beforeAll, expect, test } from "vitest";
import { appendLog } from "../../server/services/moderation/log.ts";
import { pieceOf, verifyLogFile, type LogPiece } from "../../server/services/moderation/log-check.ts";
import { signHead } from "../../server/services/moderation/log-heads.ts";
import { readSigner } from "../../server/services/moderation/log-proof.ts";
import { transaction } from "../../server/store/database.ts";
import { csrfToken } from "../../web/session.ts";
import { aMember, aNote, createInstance, type Member, type TestInstance } from "../support/instance.ts";

let home: TestInstance;
let owner: Member;
let moderator: Member;

beforeAll(async () => {
  home = await createInstance({ environment: { CAUSEWAY_COUNTRY_HEADER: "CF-IPCountry" } });
  owner = await aMember(home, "harbourmaster", { role: "owner" });
  moderator = await aMember(home, "marie", { role: "moderator" });
});
afterAll(() => home.close());

async function get(path: string, who: Member | null = null, language = "en"): Promise<Response> {
  home.clock.advance(1_000);
  const headers = { accept: "text/html", "accept-language": language };
  const cookie = who === null ? {} : { cookie: `__Host-session=${who.sessionToken}` };
  return await home.request(path, { headers: { ...headers, ...cookie } });
}

async function post(path: string, who: Member, fields: Readonly<Record<string, string>>): Promise<Response> {
  const csrf = csrfToken(home.app, who.sessionToken);
  return await home.request(path, {
    method: "POST",
    body: new URLSearchParams({ csrf, ...fields }),
    headers: {
      accept: "text/html",
      "sec-fetch-site": "same-origin",
      cookie: `__Host-session=${who.sessionToken}`,
    },
  });
}

async function write(what: string, ground?: string): Promise<number> {
  const { app } = home;
  return await transaction(app.db, (tx) =>
    appendLog(app, tx, {
      kind: "decision",
      what,
      subject: "remote",
      ...(ground === undefined ? {} : { ground }),
    }),
  );
}

test("everybody reads the log as a page, in every language, as Atom and as lines that verify", async () => {
  await write("suspend", `<script>alert(1)</script> & "rule 1"`);
  for (let count = 0; count < 45; count += 1) await write("limit");
  await signHead(home.app);
  for (const [language, word] of [
    ["en", "What was decided here"],
    ["zh-Hans", "这里做过的决定"],
    ["zh-Hant", "這裡做過的決定"],
    ["es", "Lo que se ha decidido aquí"],
    ["ar", "ما الذي تقرر هنا"],
  ] as const)
    expect(await (await get("/moderation/log", null, language)).text()).toContain(word);
  const first = await (await get("/moderation/log")).text();
  expect(first).toContain("/moderation/log?before=7");
  const older = await (await get("/moderation/log?before=7")).text();
  expect(older).toContain("Suspended");
  expect(older).not.toContain("<script>alert");
  expect((await get("/moderation/log?kind=domain")).status).toBe(200);
  expect(await (await get("/moderation/log?month=2020-01")).text()).toContain("Nothing was decided yet.");
  const atom = await get("/moderation/log.atom");
  expect(atom.headers.get("content-type")).toContain("application/atom+xml");
  expect(await atom.text()).toMatch(/^<\?xml[\s\S]*<entry[\s\S]*<\/feed>\s*$/);
  const file = await get("/moderation/log.ndjson");
  const lines = (await file.text())
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as unknown);
  const key = Reflect.get(lines[0] as object, "key") as string;
  expect((await (await get("/moderation/log")).text()).includes(key)).toBe(true);
  expect(await verifyLogFile(piecesOf(lines), readSigner(key))).toMatchObject({
    fault: null,
    summary: { lines: 46, signed: 46 },
  });
  const head = (await (await get("/moderation/log/head.json")).json()) as Record<string, unknown>;
  expect(head).toMatchObject({ type: "ModerationLogHead", seq: 46, log: "https://home.test/moderation/log" });
});

test("nonsense in addresses and fields is answered with a page and changes nothing", async () => {
  for (const path of [
    "/moderation/log/0",
    "/moderation/log/99999",
    "/moderation/log/99999999999999999999",
    "/moderation/log/1/object",
    "/moderation/log?month=2026-99",
    "/moderation/log?month=%00",
    "/moderation/log/-1",
    "/moderation/withheld/1",
    "/moderation/withheld/99999999999999999999",
  ])
    expect((await get(path)).status, path).toBe(404);
  for (const path of ["/moderation/log?before=x", "/moderation/log?kind=%27--", "/moderation/log?before=-1"])
    expect((await get(path)).status, path).toBe(200);
  const before = (await home.app.db.selectFrom("log_entries").select("seq").execute()).length;
  expect((await post("/moderation/log/1", owner, { comment: " " })).status).toBe(422);
  expect((await post("/moderation/log/1", owner, { comment: "x".repeat(501) })).status).toBe(422);
  expect((await post("/moderation/log/1", moderator, { comment: "mine" })).status).toBe(404);
  expect((await post("/moderation/log/99999", owner, { comment: "x" })).status).toBe(404);
  expect((await home.app.db.selectFrom("log_entries").select("seq").execute()).length).toBe(before);
});

test("an administrator adds a correction, which shows at its line, and the audit page names who did it", async () => {
  const added = await post("/moderation/log/1", owner, { comment: "It was @ada's cousin, not @ada." });
  expect(added.status).toBe(303);
  const line = await (await get("/moderation/log/1")).text();
  expect(line).toContain("It was @…");
  expect(line).not.toContain("@ada");
  const audit = await (await get("/admin/audit", owner)).text();
  expect(audit).toContain("log.corrected");
  expect(audit).toContain("@harbourmaster");
  expect(await (await get("/admin/audit?what=log&who=harbourmaster", owner)).text()).toContain(
    "log.corrected",
  );
  expect(await (await get("/admin/audit?what=emoji", owner)).text()).not.toContain("log.corrected");
  const file = await get("/admin/audit.ndjson", owner);
  expect(file.headers.get("cache-control")).toBe("private, no-store");
  expect(await file.text()).toContain('"what":"log.corrected"');
  for (const path of ["/admin/audit", "/admin/audit.ndjson"]) {
    expect((await get(path, moderator)).status, path).toBe(404);
    expect((await get(path)).status, path).toBe(303);
  }
});

test("staff enters a legal demand on a page, gets everything back that was wrong, and lifts it again", async () => {
  const ada = await aMember(home, "ada");
  const note = await aNote(home, { by: ada.viewer, source: "lighthouse" });
  const fields = {
    object: `https://home.test/@ada/${note.id}`,
    countries: "de fr",
    basis: "court_order",
    category: "STATEMENT_CATEGORY_ILLEGAL_OR_HARMFUL_SPEECH",
    legalRef: "324 O 1/26",
    requester: "Landgericht Hamburg",
    authorityUrl: "",
    receivedAt: "2026-05-01",
    endsAt: "",
    facts: "An order of the court.",
    language: "en",
    notice_en: "",
    do: "place",
  };
  const path = "/moderation/withholdings";
  const wrong = await post(path, moderator, { ...fields, countries: "Narnia", facts: "typed <b>words</b>" });
  expect(wrong.status).toBe(422);
  expect(await wrong.text()).toContain("typed &lt;b&gt;words&lt;/b&gt;");
  for (const change of [
    { receivedAt: "yesterday" },
    { endsAt: "2020-01-01" },
    { endsAt: "soon" },
    { basis: "whim" },
    { category: "" },
    { object: "javascript:1" },
    { countries: "" },
  ])
    expect((await post(path, moderator, { ...fields, ...change })).status, JSON.stringify(change)).toBe(422);
  expect((await post(path, ada, fields)).status).toBe(404);
  expect((await post(path, moderator, fields)).headers.get("location")).toBe(`${path}?done=place`);
  const page = await (await get(path, moderator)).text();
  expect(page).toContain("324 O 1/26");
  const row = await home.app.db.selectFrom("withholdings").selectAll().executeTakeFirstOrThrow();
  expect(row).toMatchObject({ note_id: note.id, countries: '["DE","FR"]', state: "in_force" });
  const notice = await (await get(`/moderation/withheld/${row.id}`, null, "es")).text();
  expect(notice).toContain("Alemania");
  expect(await (await get("/moderation/withheld")).text()).not.toContain("@ada");
  expect((await post(path, moderator, { do: "lift", id: String(row.id) })).status).toBe(303);
  expect((await post(path, moderator, { do: "lift", id: "x" })).status).toBe(404);
  const ended = await home.app.db.selectFrom("withholdings").selectAll().executeTakeFirstOrThrow();
  expect(ended.state).toBe("ended");
});

async function* piecesOf(file: readonly unknown[]): AsyncGenerator<LogPiece> {
  for (const value of file) {
    const piece = pieceOf(value);
    if (piece !== null) yield await Promise.resolve(piece);
  }
}
