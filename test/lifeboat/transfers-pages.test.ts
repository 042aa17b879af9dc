import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createList } from "../../server/services/lists/lists.ts";
import { followActor } from "../../server/services/relations/follows.ts";
import { hideHost } from "../../server/services/relations/hidden-hosts.ts";
import { blockActor } from "../../server/services/relations/relationships.ts";
import { csrfToken } from "../../web/session.ts";
import { aMember, createInstance, type Member, type TestInstance } from "../support/instance.ts";
import { drain } from "../support/network.ts";

let here: TestInstance;
let ann: Member;

beforeEach(async () => {
  here = await createInstance({ host: "here.test" });
  ann = await aMember(here, "ann");
});
afterEach(() => here.close());

async function ask(path: string, member: Member | null, init: RequestInit = {}): Promise<Response> {
  return await here.request(path, {
    redirect: "manual",
    ...init,
    headers: {
      accept: "text/html",
      ...(member === null ? {} : { cookie: `__Host-session=${member.sessionToken}` }),
      origin: here.app.config.origin,
      ...init.headers,
    },
  });
}

async function upload(
  member: Member,
  name: string,
  text: string | Uint8Array,
  kind = "auto",
): Promise<Response> {
  const body = new FormData();
  body.set("csrf", csrfToken(here.app, member.sessionToken));
  body.set("kind", kind);
  body.set("file", new File([typeof text === "string" ? text : new Uint8Array(text)], name));
  return await ask("/settings/import", member, { method: "POST", body });
}

async function send(
  member: Member,
  path: string,
  fields: Readonly<Record<string, string>>,
): Promise<Response> {
  const body = new URLSearchParams({ ...fields, csrf: csrfToken(here.app, member.sessionToken) });
  return await ask(path, member, { method: "POST", body });
}

const textOf = async (path: string, member = ann) => await (await ask(path, member)).text();

describe("/settings/export", () => {
  test("says how much is in each file, and gives it to its owner alone, under the name that others know", async () => {
    const bo = await aMember(here, "bo");
    await followActor(here.app, ann.viewer, bo.viewer.actorId);
    await hideHost(here.app, ann.viewer, "bad.example");
    const page = await textOf("/settings/export");
    for (const file of ["following_accounts.csv", "muted_accounts.csv", "custom_filters.json", "lists.csv"])
      expect(page).toContain(`href="/settings/export/${file}"`);
    expect(page).toContain('href="/settings/import"');
    expect(page).toContain('href="/settings/moving"');
    expect(page).toContain("one row");
    const file = await ask("/settings/export/following_accounts.csv", ann);
    expect(file.headers.get("content-type")).toBe("text/csv; charset=utf-8");
    expect(file.headers.get("content-disposition")).toBe('attachment; filename="following_accounts.csv"');
    expect(file.headers.get("cache-control")).toBe("private, no-store");
    expect(await file.text()).toBe(
      "Account address,Show boosts,Notify on new posts,Languages\nbo@here.test,true,false,\n",
    );
    expect(await textOf("/settings/export/blocked_domains.csv")).toBe("bad.example\n");
    expect(await textOf("/settings/export/blocked_domains.csv", bo)).toBe("");
    const filters = await ask("/settings/export/custom_filters.json", ann);
    expect(filters.headers.get("content-type")).toBe("application/json; charset=utf-8");
    expect(await filters.json()).toEqual({ custom_filters: [] });
    expect((await ask("/settings/export/passwords.csv", ann)).status).toBe(404);
    expect((await ask("/settings/export/lists.csv", null)).status).not.toBe(200);
  });

  test("is made while it is sent, whole, however long it is", async () => {
    const { db } = here.app;
    const rows = Array.from({ length: 1_203 }, (_, at) => ({
      id: at + 1,
      actor_id: ann.viewer.actorId,
      host: `s${at}.example`,
      created_at: 0,
    }));
    for (let start = 0; start < rows.length; start += 400)
      await db
        .insertInto("personal_domain_blocks")
        .values(rows.slice(start, start + 400))
        .execute();
    const lines = (await textOf("/settings/export/blocked_domains.csv")).trimEnd().split("\n");
    expect([lines.length, new Set(lines).size, lines[0], lines.at(-1)]).toEqual([
      1_203,
      1_203,
      "s1202.example",
      "s0.example",
    ]);
  });
});

describe("/settings/import", () => {
  test("reads a file first, asks what to do with it, and shows what became of each row", async () => {
    const bo = await aMember(here, "bo");
    const taken = await upload(
      ann,
      "..\\<b>x</b>\u202e.csv",
      "Account address,Show boosts\nbo,true\nnobody,true\n",
    );
    expect(taken.status).toBe(303);
    const path = taken.headers.get("location") ?? "";
    const review = await textOf(path);
    expect(review).toContain("Nothing goes away");
    expect(review).toContain("nothing would go away");
    expect(review).not.toContain("<b>x");
    expect(review).not.toContain("\u202e");
    expect(await textOf("/settings/import")).toContain(`href="${path}"`);
    expect((await send(ann, path, { do: "merge" })).status).toBe(303);
    await drain(here);
    const done = await textOf(`${path}?rows=failed`);
    expect(done).toContain("one done · one did not work");
    expect(done).toContain("Nobody here has this name.");
    expect(done).not.toContain("<bdi>bo</bdi>");
    const failed = await ask(`${path}/failed`, ann);
    expect(failed.headers.get("content-disposition")).toBe(
      'attachment; filename="failed-following_accounts.csv"',
    );
    expect(await failed.text()).toBe(
      "Account address,Show boosts,Notify on new posts,Languages\nnobody,true,,\n",
    );
    expect((await send(ann, path, { do: "remove" })).headers.get("location")).toBe("/settings/import");
    expect((await ask(path, ann)).status).toBe(404);
    // What was taken over stays.
    expect(await textOf("/settings/export/following_accounts.csv")).toContain(
      `${bo.viewer.username}@here.test`,
    );
  });

  test("says before how many would go, and takes nothing away that was not agreed to", async () => {
    const [bo, cy] = [await aMember(here, "bo"), await aMember(here, "cy")];
    await blockActor(here.app, ann.viewer, bo.viewer.actorId);
    const path = (await upload(ann, "blocked_accounts.csv", "owner_here\n")).headers.get("location") ?? "";
    expect(await textOf(path)).toContain("one person who is not in it is no longer blocked");
    const hasty = await send(ann, path, { do: "overwrite" });
    expect(hasty.status).toBe(422);
    expect(await hasty.text()).toContain('id="f-sure-fault"');
    // Something was added to what would go since the page was shown.
    here.clock.advance(-60_000);
    await blockActor(here.app, ann.viewer, cy.viewer.actorId);
    await here.app.db
      .updateTable("blocks")
      .set({ id: 5 })
      .where("target_id", "=", cy.viewer.actorId)
      .execute();
    here.clock.advance(60_000);
    expect((await send(ann, path, { do: "overwrite", sure: "1" })).status).toBe(422);
    expect(await textOf("/settings/export/blocked_accounts.csv")).toBe("bo@here.test\ncy@here.test\n");
    expect((await send(ann, path, { do: "overwrite", sure: "NaN" })).status).toBe(422);
    expect((await send(ann, path, { do: "overwrite", sure: "2" })).status).toBe(303);
    await drain(here);
    expect(await textOf("/settings/export/blocked_accounts.csv")).toBe("owner_here@here.test\n");
    expect(await textOf(path)).toContain("taken away");
  });

  test("keeps a form that was refused, with the sentence at its field", async () => {
    const none = await send(ann, "/settings/import", { kind: "lists" });
    expect(none.status).toBe(422);
    expect(await none.text()).toContain("Choose a file.");
    const latin = await upload(ann, "x.csv", new Uint8Array([0x72, 0xe9, 0x0a]), "blocks");
    expect([latin.status, (await latin.text()).includes("This is not a text in UTF-8.")]).toEqual([
      422,
      true,
    ]);
    const what = await upload(ann, "x.csv", "a@b.test\n");
    expect([what.status, (await what.text()).includes("Choose it here.")]).toEqual([422, true]);
    const path = (await upload(ann, "x.csv", "bad.example\n")).headers.get("location") ?? "";
    for (const fields of [{}, { do: "drop table" }]) expect((await send(ann, path, fields)).status).toBe(422);
  });

  test("is nobody else's: somebody with the address finds nothing", async () => {
    const bo = await aMember(here, "bo");
    await createList(here.app, ann.viewer, { title: "mine" });
    const path = (await upload(ann, "lists.csv", "secret,bo\n")).headers.get("location") ?? "";
    for (const one of [path, `${path}/failed`]) expect((await ask(one, bo)).status).toBe(404);
    for (const what of ["merge", "overwrite", "stop", "continue", "remove"])
      expect((await send(bo, path, { do: what, sure: "9" })).status).toBe(404);
    await drain(here);
    expect(await textOf(path)).toContain("What to do");
  });

  test("has pages for its rows", async () => {
    const text = Array.from({ length: 120 }, (_, at) => `s${at}.example\n`).join("");
    const path = (await upload(ann, "blocked_domains.csv", text)).headers.get("location") ?? "";
    expect(await textOf(path)).toContain("s49.example");
    expect(await textOf(path)).not.toContain("s50.example");
    expect(await textOf(`${path}?rows=all&page=3`)).toContain("s119.example");
    expect(await textOf(`${path}?rows=all&page=4`)).toContain("No rows here.");
    for (const page of ["-1", "1e9", "x", "1.5"])
      expect((await ask(`${path}?rows=x&page=${page}`, ann)).status).toBe(200);
  });
});
