// Whatever staff changes by a form or through an app leaves a line in the audit log (threats ADM-04). The forms are read off
// the pages themselves, so that a new one is tried without anybody writing a test.

import { Parser } from "htmlparser2";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ROUTES } from "../../api/routes.ts";
import { createRule, turnRule } from "../../server/services/moderation/classifier-rules.ts";
import { reportActor } from "../../server/services/moderation/reports.ts";
import { addEmoji } from "../../server/services/notes/emojis.ts";
import { drawLandscape, PALETTES } from "../../server/demo/pictures.ts";
import { saveAnnouncement } from "../../server/services/announcements/announcements.ts";
import { createToken } from "../../server/services/operations/operations.ts";
import { PAGES } from "../../web/page-table.ts";
import { csrfToken } from "../../web/session.ts";
import { aMember, aNote, createInstance, type Member, type TestInstance } from "../support/instance.ts";
import { everything } from "../web/attacks.ts";

type Sent = { readonly action: string; readonly fields: readonly (readonly [string, string])[] };

/** What lies in the two logs, and what moves whenever anybody asks for anything. */
const BESIDE = ["audit_entries", "log_entries", "log_heads", "log_objects", "sessions"];

/** What is typed into empty fields, by name. */
const TYPED: Readonly<Record<string, string>> = {
  username: "dave",
  comment: "A remark.",
  domain: "bad.example",
  domains: "worse.example",
  object: "@carol",
  countries: "DE",
  legalRef: "324 O 1/26",
  requester: "A court",
  receivedAt: "2026-05-01",
  facts: "An order.",
  source: "We are back.",
  tag: "harbour",
  shortcode: "boat",
  name: "Harbour",
  contactEmail: "harbour@home.test",
  url: "https://lists.example/all.csv",
  accent: "#225588",
  lines: "zebra",
  label: "spam",
  secret: "sixteen letters or more",
};

let home: TestInstance;
let owner: Member;
let ids: Readonly<Record<string, readonly string[]>>;

beforeAll(async () => {
  home = await createInstance();
  owner = await aMember(home, "harbourmaster", { role: "owner" });
  const carol = await aMember(home, "carol");
  const dave = await aMember(home, "dave");
  const note = await aNote(home, { by: carol.viewer, source: "a note #harbour" });
  await reportActor(home.app, dave.viewer, {
    targetId: carol.viewer.actorId,
    noteIds: [note.id],
    category: "spam",
    comment: "look",
    forward: false,
  });
  await reportActor(home.app, carol.viewer, {
    targetId: dave.viewer.actorId,
    noteIds: [],
    category: "other",
    comment: "and back",
    forward: false,
  });
  const rule = await createRule(home.app, owner.viewer, {
    name: "Coins",
    kind: "words",
    lines: "free coins",
    numbers: {},
    suggestion: "hold",
    label: "spam",
  });
  await turnRule(home.app, owner.viewer, rule, "on");
  for (const source of ["free coins", "more free coins"]) await aNote(home, { by: dave.viewer, source });
  const reports = await home.app.db.selectFrom("reports").select("id").orderBy("id").execute();
  const announcement = await saveAnnouncement(home.app, owner.viewer, null, {
    source: "Hello",
    language: "en",
    startsAt: null,
    endsAt: null,
    publish: true,
  });
  const bytes = await drawLandscape(PALETTES.dawn, 4, { width: 64, height: 64 });
  await addEmoji(home.app, { shortcode: "lamp", bytes: new Uint8Array(bytes) });
  ids = {
    "/moderation/reports": [String(reports[0]?.id)],
    report: [String(reports[1]?.id)],
    "/admin/announcements": [String(announcement)],
    "/admin/classifier": [String(rule)],
    "/moderation/log": ["1"],
    account: [String(carol.viewer.actorId)],
  };
});
afterAll(() => home.close());

async function ask(path: string, fields: Sent["fields"] | null): Promise<Response> {
  home.clock.advance(5_000);
  const csrf = csrfToken(home.app, owner.sessionToken);
  const given = (fields ?? []).filter(([name]) => name !== "csrf");
  const body =
    fields === null ? null : new URLSearchParams([["csrf", csrf], ...given.map(([a, b]) => [a, b])]);
  return await home.request(path, {
    method: fields === null ? "GET" : "POST",
    body,
    headers: {
      accept: "text/html",
      "sec-fetch-site": "same-origin",
      cookie: `__Host-session=${owner.sessionToken}`,
    },
  });
}

/** Every form of a page that posts, once for each of its buttons, filled in as far as it is empty. */
function formsOf(page: string): readonly Sent[] {
  const sent: Sent[] = [];
  let form: { action: string; fields: [string, string][]; buttons: [string, string][] } | null = null;
  let select: { name: string; value: string | null } | null = null;
  let area: { name: string; text: string } | null = null;
  const parser = new Parser({
    onopentag(tag, given) {
      const name = given["name"] ?? "";
      const value = given["value"] ?? "";
      if (tag === "form" && given["method"] === "post")
        form = { action: given["action"] ?? "", fields: [], buttons: [] };
      if (form === null) return;
      if (tag === "select") select = { name, value: null };
      // What has to be chosen is chosen.
      const isOpen = select?.value === null || (select?.name === "category" && select.value === "");
      if (tag === "option" && select !== null && (isOpen || "selected" in given)) select.value = value;
      if (tag === "textarea") area = { name, text: "" };
      if (tag === "button") form.buttons.push([name, value]);
      if (tag !== "input" || name === "") return;
      const isChoice = given["type"] === "radio" || given["type"] === "checkbox";
      if (given["type"] === "file" || (isChoice && !("checked" in given))) return;
      form.fields.push([name, value === "" ? (TYPED[name] ?? "") : value]);
    },
    ontext(text) {
      if (area !== null) area.text += text;
    },
    onclosetag(tag) {
      if (form === null) return;
      if (tag === "select" && select !== null) {
        form.fields.push([select.name, select.value ?? ""]);
        select = null;
      }
      if (tag === "textarea" && area !== null) {
        const { name, text } = area;
        form.fields.push([name, text.trim() === "" ? (TYPED[name] ?? "") : text]);
        area = null;
      }
      if (tag !== "form") return;
      const { action, fields, buttons } = form;
      for (const [name, value] of buttons.length === 0 ? [["", ""] as const] : buttons)
        sent.push({ action, fields: name === "" ? fields : [...fields, [name, value]] });
      form = null;
    },
  });
  parser.end(page);
  return sent;
}

function pathsOf(pattern: string): readonly string[] {
  const stem = Object.keys(ids).find((one) => pattern.startsWith(`${one}/`));
  const numbers = stem === undefined ? ["1"] : (ids[stem] ?? ["1"]);
  return numbers.map((id) =>
    pattern
      .replace(/:username\{[^}]+\}/, "carol")
      .replace(/:change$/, "role")
      .replace(/:id\{[^}]+\}/, id)
      .replace(/:\w+(?:\{[^}]*\})?/g, "1"),
  );
}

async function lines(): Promise<number> {
  const { count } = await home.app.db
    .selectFrom("audit_entries")
    .select((eb) => eb.fn.countAll<number>().as("count"))
    .executeTakeFirstOrThrow();
  return Number(count);
}

async function state(more: readonly string[] = []): Promise<string> {
  return await everything(home, [...BESIDE, ...more]);
}

test("every form of staff that changes anything writes down who did it", async () => {
  const gets = PAGES.filter(
    ([method, path]) =>
      method === "GET" && /^\/(?:admin|moderation)(?:\/|$)/.test(path) && !/\.\w+$/.test(path),
  );
  const silent: string[] = [];
  const told = new Set<string>();
  const tried = new Set<string>();
  for (const path of gets.flatMap(([, pattern]) => pathsOf(pattern))) {
    const page = await ask(path, null);
    if (page.status !== 200) continue;
    for (const { action, fields } of formsOf(await page.text())) {
      const target = new URL(action === "" ? path : action, "https://home.test").pathname;
      const key = `${target} ${JSON.stringify(fields.filter(([name]) => name !== "csrf"))}`;
      if (!/^\/(?:admin|moderation)\//.test(target) || tried.has(key)) continue;
      tried.add(key);
      const [before, count] = [await state(), await lines()];
      const answer = await ask(target, fields);
      expect(answer.status, `${target} ${await answer.text()}`).toBeLessThan(500);
      const isChanged = (await state()) !== before;
      if (!isChanged) continue;
      if ((await lines()) > count) told.add(target.replace(/\d+/g, "N"));
      else silent.push(key);
    }
  }
  expect(silent).toEqual([]);
  for (const path of [
    "/admin/settings",
    "/admin/appearance",
    "/admin/announcements",
    "/admin/backup",
    "/admin/emoji",
    "/admin/health",
    "/admin/invites",
    "/admin/roles",
    "/admin/storage",
    "/admin/standby",
    "/admin/classifier",
    "/admin/classifier/N",
    "/moderation/held",
    "/moderation/tags",
    "/moderation/withholdings",
  ])
    expect([...told], path).toContain(path);
}, 120_000);

test("so does every address of the client API for staff", async () => {
  const { token } = await createToken(home.app, {
    username: "harbourmaster",
    scopes: ["admin:read", "admin:write"],
    name: "test",
  });
  const silent: string[] = [];
  const told = new Set<string>();
  const bodies = [
    { domain: "api.example", severity: "suspend", type: "suspend", text: "x" },
    { domain: "api.example", severity: "silence", type: "silence" },
    { type: "none" },
  ];
  for (const [method, pattern] of ROUTES) {
    if (method === "GET" || !pattern.includes("/admin/")) continue;
    const kinds = pattern.includes("/accounts/")
      ? ids["account"]
      : pattern.includes("/reports/")
        ? ids["report"]
        : ["1", ...(await idsOf(token, pattern))];
    for (const id of pattern.includes(":id") ? (kinds ?? []) : [""])
      for (const body of bodies) {
        home.clock.advance(5_000);
        const [before, count] = [await state(["jobs"]), await lines()];
        const answer = await home.request(pattern.replace(":id", id), {
          method,
          headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
          ...(method === "DELETE" ? {} : { body: JSON.stringify(body) }),
        });
        expect(answer.status, `${method} ${pattern}`).toBeLessThan(500);
        if ((await state(["jobs"])) === before) continue;
        if ((await lines()) > count) told.add(`${method} ${pattern}`);
        else silent.push(`${method} ${pattern} ${JSON.stringify(body)}`);
      }
  }
  expect(silent).toEqual([]);
  for (const route of [
    "POST /api/v1/admin/accounts/:id/action",
    "POST /api/v1/admin/reports/:id/resolve",
    "POST /api/v1/admin/domain_blocks",
  ])
    expect([...told]).toContain(route);
}, 120_000);

/** What the list behind an address holds. */
async function idsOf(token: string, pattern: string): Promise<readonly string[]> {
  const list = await home.request(pattern.replace(/\/:id.*$/, ""), {
    headers: { authorization: `Bearer ${token}` },
  });
  const found: unknown = list.status === 200 ? await list.json() : [];
  return Array.isArray(found)
    ? found.flatMap((one: unknown) =>
        typeof one === "object" && one !== null && "id" in one ? [String(one.id)] : [],
      )
    : [];
}
