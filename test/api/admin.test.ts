import { beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { AdminAccount, AdminDomainBlock, AdminReport } from "../../api/entities/admin.ts";
import { reportActor } from "../../server/services/moderation/reports.ts";
import { aNote } from "../support/instance.ts";
import { aPerson, type Person, serve, type Served, USUAL_SCOPES } from "./client.ts";

const SCOPES = [...USUAL_SCOPES, "admin:read", "admin:write"];
let served: Served;
let ada: Person;
let mo: Person;

beforeEach(async () => {
  served = await serve();
  ada = await aPerson(served, "ada");
  mo = await aPerson(served, "mo", { role: "moderator", scopes: SCOPES });
});

const names = async (by: Person, path: string) =>
  z
    .array(AdminAccount)
    .parse((await by.ask("GET", path)).json)
    .map((one) => one.username);

async function aReport(): Promise<string> {
  const bo = await aPerson(served, "bo");
  const note = await aNote(served.instance, { by: bo.viewer });
  const id = await reportActor(served.instance.app, ada.viewer, {
    targetId: bo.viewer.actorId,
    noteIds: [note.id],
    category: "spam",
    comment: "zebrafish",
    forward: false,
  });
  return String(id);
}

describe("Staff, by their app,", () => {
  test("find people and suspend members, within what their role may", async () => {
    expect(await names(mo, "/api/v1/admin/accounts?local=1")).toEqual(["mo", "ada", "owner_here"]);
    expect(await names(mo, "/api/v1/admin/accounts?username=ad")).toEqual(["ada"]);
    expect(await names(mo, "/api/v2/admin/accounts?permissions=staff&origin=local")).toEqual([
      "mo",
      "owner_here",
    ]);
    expect(await names(mo, "/api/v2/admin/accounts?status=pending")).toEqual([]);
    expect(await names(mo, "/api/v1/admin/accounts?remote=true")).toEqual([]);
    const id = String(ada.viewer.actorId);
    await mo.masto.v1.admin.accounts.$select(id).action.create({ type: "suspend" });
    expect(await names(mo, "/api/v1/admin/accounts?suspended=true")).toEqual(["ada"]);
    expect((await ada.ask("GET", "/api/v1/notifications")).status).toBe(401);
    const back = await mo.masto.v1.admin.accounts.$select(id).unsuspend();
    expect(back).toMatchObject({ username: "ada", suspended: false, email: "" });
    expect((await mo.ask("DELETE", `/api/v1/admin/accounts/${id}`)).status).toBe(403);
    const seen = await mo.masto.v1.admin.accounts.list({ limit: 2 });
    expect(seen.map((one) => one.username)).toEqual(["mo", "ada"]);
    const path = `/api/v1/admin/accounts/${id}/action`;
    expect((await mo.ask("POST", path, { type: "disable" })).status).toBe(422);
    const owner = served.instance.owner?.actorId;
    const above = await mo.ask("POST", `/api/v1/admin/accounts/${owner}/action`, { type: "suspend" });
    expect(above.status).toBe(403);
  });

  test("limit somebody, cover their media, warn them; and the person hears of it with the reasons", async () => {
    const { id } = await aNote(served.instance, { by: ada.viewer, source: "limited words" });
    const select = mo.masto.v1.admin.accounts.$select(String(ada.viewer.actorId));
    await select.action.create({ type: "silence", text: "Too loud." });
    await select.action.create({ type: "sensitive" });
    expect(await names(mo, "/api/v2/admin/accounts?status=silenced")).toEqual(["ada"]);
    expect(await names(mo, "/api/v1/admin/accounts?sensitized=true")).toEqual(["ada"]);
    const seen = (await mo.ask("GET", `/api/v1/statuses/${id}`)).json;
    expect(seen).toMatchObject({ sensitive: true, account: { limited: true } });
    expect((await mo.ask("GET", "/api/v1/timelines/public")).json).toEqual([]);
    await select.action.create({ type: "none", text: "Please be kind." });
    const told = (await ada.ask("GET", "/api/v1/notifications?types[]=moderation_warning")).json;
    expect(told).toMatchObject([
      {
        moderation_warning: { action: "none", text: "Please be kind.", target_account: { username: "ada" } },
      },
    ]);
    expect(JSON.stringify(told)).not.toContain('"mo"');
    expect(await select.unsilence()).toMatchObject({ silenced: false, sensitized: true });
    expect(await select.unsensitive()).toMatchObject({ silenced: false, sensitized: false });
    expect((await mo.ask("GET", "/api/v1/timelines/public")).json).toMatchObject([{ id: String(id) }]);
    const path = `/api/v1/admin/accounts/${ada.viewer.actorId}/action`;
    expect((await ada.ask("POST", path, {})).status).toBe(403);
  });

  test("delete somebody for good who is suspended, if they are administrators", async () => {
    const adam = await aPerson(served, "adam", { role: "admin", scopes: SCOPES });
    const path = `/api/v1/admin/accounts/${ada.viewer.actorId}`;
    expect((await adam.ask("DELETE", path)).status).toBe(403);
    await mo.ask("POST", `${path}/action`, { type: "suspend" });
    expect((await mo.ask("DELETE", path)).status).toBe(403);
    const gone = await adam.ask("DELETE", path);
    expect(gone).toMatchObject({ status: 200, json: { username: "ada", suspended: true } });
    expect((await adam.ask("GET", path)).status).toBe(404);
  });

  test("read reports, take care of them, close and open them", async () => {
    const id = await aReport();
    const { json } = await mo.ask("GET", "/api/v1/admin/reports");
    expect(z.array(AdminReport).parse(json)).toMatchObject([
      {
        id,
        comment: "zebrafish",
        account: { username: "ada" },
        target_account: { username: "bo" },
        assigned_account: null,
        statuses: [{ account: { username: "bo" } }],
      },
    ]);
    const one = mo.masto.v1.admin.reports.$select(id);
    expect((await one.assignToSelf()).assignedAccount?.username).toBe("mo");
    expect((await one.unassign()).assignedAccount).toBeNull();
    const closed = await one.resolve();
    expect([closed.actionTaken, closed.actionTakenByAccount.username]).toEqual([true, "mo"]);
    expect(await mo.masto.v1.admin.reports.list({ resolved: true })).toHaveLength(1);
    expect((await one.reopen()).actionTaken).toBe(false);
    expect(await mo.masto.v1.admin.reports.list({ accountId: String(mo.viewer.actorId) })).toEqual([]);
    expect((await one.fetch()).comment).toBe("zebrafish");
  });

  test("block and allow servers, if they are administrators", async () => {
    const adam = await aPerson(served, "adam", { role: "admin", scopes: SCOPES });
    const blocks = adam.masto.v1.admin.domainBlocks;
    const made = await blocks.create({ domain: "Bad.test", severity: "suspend" });
    expect(made).toMatchObject({ domain: "bad.test", severity: "suspend" });
    const path = "/api/v1/admin/domain_blocks";
    expect(z.array(AdminDomainBlock).parse((await mo.ask("GET", path)).json)).toHaveLength(1);
    expect((await mo.ask("POST", path, { domain: "worse.test", severity: "suspend" })).status).toBe(403);
    for (const body of [
      { domain: "x.test", severity: "everything" },
      { domain: "no domain", severity: "suspend" },
      { severity: "suspend" },
    ])
      expect((await adam.ask("POST", path, body)).status).toBe(422);
    expect((await adam.ask("POST", path, { domain: "bad.test" })).status).toBe(422);
    expect((await blocks.$select(made.id).fetch()).domain).toBe("bad.test");
    // Who says nothing about it means the milder thing, as Mastodon does.
    const mild = await blocks.create({ domain: "mild.test", rejectMedia: true, privateComment: "see mail" });
    expect(mild).toMatchObject({ severity: "silence", rejectMedia: true, privateComment: "see mail" });
    const changed = await blocks
      .$select(mild.id)
      .update({ severity: "noop", rejectReports: true, publicComment: "spam", obfuscate: true });
    expect(changed).toMatchObject({
      severity: "noop",
      rejectMedia: true,
      rejectReports: true,
      publicComment: "spam",
      privateComment: "see mail",
      obfuscate: true,
    });
    await blocks.$select(mild.id).remove();
    await blocks.$select(made.id).remove();
    expect(await blocks.list()).toEqual([]);
    const allows = adam.masto.v1.admin.domainAllows;
    const allowed = await allows.create({ domain: "good.test" });
    expect(await allows.list()).toMatchObject([{ domain: "good.test" }]);
    await allows.$select(allowed.id).remove();
    expect((await adam.ask("GET", "/api/v1/admin/domain_allows/good.test")).status).toBe(404);
  });
});

describe("Others", () => {
  test("are refused by role and by scope, whatever they name", async () => {
    const report = await aReport();
    const member = await aPerson(served, "cy", { scopes: SCOPES });
    const narrow = await aPerson(served, "di", { role: "admin" });
    for (const [method, path] of [
      ["GET", "accounts"],
      ["GET", `accounts/${ada.viewer.actorId}`],
      ["GET", "accounts/12345"],
      ["POST", `accounts/${ada.viewer.actorId}/action`],
      ["POST", `accounts/${ada.viewer.actorId}/unsuspend`],
      ["GET", "reports"],
      ["GET", `reports/${report}`],
      ["GET", "reports/12345"],
      ["POST", `reports/${report}/resolve`],
      ["POST", `reports/${report}/assign_to_self`],
      ["GET", "domain_blocks"],
      ["GET", "domain_blocks/bad.test"],
      ["DELETE", "domain_blocks/bad.test"],
      ["GET", "domain_allows"],
    ] as const) {
      const address = `/api/v1/admin/${path}`;
      expect([path, (await member.ask(method, address)).status]).toEqual([path, 403]);
      expect([path, (await narrow.ask(method, address)).status]).toEqual([path, 403]);
      expect([path, (await ada.ask(method, address)).status]).toEqual([path, 403]);
    }
  });
});
