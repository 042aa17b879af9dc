import { expect, test } from "vitest";
import { AdminReport } from "../../api/entities/admin.ts";
import { Report } from "../../api/entities/report.ts";
import { getSettings, updateSettings } from "../../server/services/accounts/settings.ts";
import { aNote } from "../support/instance.ts";
import { aPerson, serve } from "./client.ts";

const PATH = "/api/v1/reports";

test("A report names what the reporter sees of the person, and nothing of others", async () => {
  const served = await serve();
  const ada = await aPerson(served, "ada");
  const bo = await aPerson(served, "bo");
  const cy = await aPerson(served, "cy");
  const shown = await aNote(served.instance, { by: bo.viewer });
  const hidden = await aNote(served.instance, { by: bo.viewer, source: "psst", visibility: "direct" });
  const other = await aNote(served.instance, { by: cy.viewer });
  const made = await ada.masto.v1.reports.create({
    accountId: String(bo.viewer.actorId),
    statusIds: [String(shown.id), String(hidden.id), String(other.id), "12345"],
    comment: "zebrafish",
    category: "spam",
    forward: true,
  });
  expect(made).toMatchObject({
    category: "spam",
    comment: "zebrafish",
    forwarded: false,
    actionTaken: false,
    statusIds: [String(shown.id)],
    targetAccount: { username: "bo" },
  });
  const form = new URLSearchParams([
    ["account_id", String(bo.viewer.actorId)],
    ["status_ids[]", String(shown.id)],
  ]);
  const { json } = await ada.ask("POST", PATH, form);
  expect(Report.parse(json)).toMatchObject({ category: "other", comment: "", rule_ids: [] });
});

test("A report of nobody, of oneself, of unknown rules or in too many words is refused", async () => {
  const served = await serve();
  const ada = await aPerson(served, "ada");
  const bo = await aPerson(served, "bo");
  const account_id = String(bo.viewer.actorId);
  for (const [body, status] of [
    [{}, 404],
    [{ account_id: "12345" }, 404],
    [{ account_id: String(ada.viewer.actorId) }, 422],
    [{ account_id: [account_id, account_id] }, 422],
    [{ account_id, category: "rude" }, 422],
    [{ account_id, comment: "x".repeat(6_000) }, 422],
    [{ account_id, category: "violation", rule_ids: ["999"] }, 422],
    [{ account_id, category: "spam", rule_ids: ["1"] }, 422],
  ] as const) {
    const refused = await ada.ask("POST", PATH, body);
    expect([body, refused.status]).toEqual([body, status]);
  }
  const narrow = await aPerson(served, "cy", { scopes: ["read", "write:statuses"] });
  expect((await narrow.ask("POST", PATH, { account_id })).status).toBe(403);
});

test("Staff correct the kind of a report and its rules, which apps read in each language", async () => {
  const served = await serve();
  const { app, owner } = served.instance;
  if (owner === null) throw new Error("no owner");
  const [main = "en", other = "zh-Hans"] = (await getSettings(app)).languages;
  await updateSettings(app, owner, {
    languages: [main, other],
    rules: "- Be kind.\n- No spam.",
    rulesIn: { [other]: "- 友善待人。\n- 不要发广告。" },
  });
  const ada = await aPerson(served, "ada");
  const bo = await aPerson(served, "bo");
  const mo = await aPerson(served, "mo", {
    role: "moderator",
    scopes: ["admin:read:reports", "admin:write:reports"],
  });
  const told = await mo.ask("GET", "/api/v1/instance/rules");
  expect(told.json).toEqual([
    { id: "1", text: "Be kind.", hint: "", translations: { [other]: { text: "友善待人。", hint: "" } } },
    { id: "2", text: "No spam.", hint: "", translations: { [other]: { text: "不要发广告。", hint: "" } } },
  ]);
  const account_id = String(bo.viewer.actorId);
  const made = Report.parse((await ada.ask("POST", PATH, { account_id, comment: "look" })).json);
  const path = `/api/v1/admin/reports/${made.id}`;
  const revised = await mo.ask("PUT", path, { category: "violation", rule_ids: [2] });
  expect(revised.status).toBe(200);
  expect(AdminReport.parse(revised.json)).toMatchObject({
    category: "violation",
    rules: [{ id: "2", text: "No spam." }],
  });
  for (const body of [{ category: "rude" }, { rule_ids: ["99"] }, { rule_ids: [{}] }])
    expect([body, (await mo.ask("PUT", path, body)).status]).toEqual([body, 422]);
  expect((await mo.ask("PUT", "/api/v1/admin/reports/12345", { category: "spam" })).status).toBe(404);
  expect((await ada.ask("PUT", path, { category: "spam" })).status).toBe(403);
  expect(AdminReport.parse((await mo.ask("PUT", path, {})).json).rules).toHaveLength(1);
});
