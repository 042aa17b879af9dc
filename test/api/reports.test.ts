import { expect, test } from "vitest";
import { Report } from "../../api/entities/report.ts";
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
