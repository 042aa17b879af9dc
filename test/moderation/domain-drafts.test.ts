// Rules about servers that come as files: drafts, what they would end, applying, undoing. On both databases.

import { describe, expect, test } from "vitest";
import type { Viewer } from "../../server/domain/actor.ts";
import type { DraftState } from "../../server/domain/domain-draft.ts";
import { findActorIdByUri, findRelationship, receiveActor } from "../../server/services/actors/actors.ts";
import { isBlockedHost, listRules, setDomainRule } from "../../server/services/moderation/domains.ts";
import {
  forgetImport,
  importDomains,
  listSources,
  viewDrafts,
} from "../../server/services/moderation/domains-drafts.ts";
import { exportDomainRules } from "../../server/services/moderation/domains-tables.ts";
import { continueDrafts, decideDrafts } from "../../server/services/moderation/domains-work.ts";
import { followActor } from "../../server/services/relations/follows.ts";
import { createPeer, deliver } from "../federation/peer.ts";
import { countingDatabase } from "../support/counting.ts";
import { eachDatabase } from "../support/databases.ts";
import { aMember, createInstance, type TestInstance } from "../support/instance.ts";
import { drain } from "../support/network.ts";

const HEADER = "#domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate\n";

async function aFile(here: TestInstance, by: Viewer | null, text: string): Promise<number> {
  return await importDomains(here.app, by, { name: "blocks.csv", bytes: new TextEncoder().encode(text) });
}

async function lines(here: TestInstance, by: Viewer, id: number) {
  const found: Record<string, string> = {};
  for (const group of ["waiting", "applied", "refused", "same", "unfit"] as const) {
    const page = await viewDrafts(here.app, by, { source: { kind: "file", id }, group, after: 0 });
    for (const item of page.items)
      found[item.domain] = item.fault ?? `${item.state} ${item.change ?? ""}`.trim();
  }
  return found;
}

async function owned(database?: Parameters<typeof createInstance>[0]): Promise<{
  readonly here: TestInstance;
  readonly owner: Viewer;
}> {
  const here = await createInstance({ host: "here.test", ...database });
  if (here.owner === null) throw new Error("An instance that is set up has an owner.");
  return { here, owner: here.owner };
}

/** Somebody elsewhere whom a member follows. */
async function followed(here: TestInstance, viewer: Viewer, host: string): Promise<string> {
  const peer = await createPeer(here, host, "eve");
  const received = await here.app.remote.findActor(peer.actorUri);
  if (received === null) throw new Error("not found");
  await followActor(here.app, viewer, await receiveActor(here.app, received));
  await drain(here);
  const [asked] = peer.received.filter((one) => one.json["type"] === "Follow");
  await deliver(here, peer, {
    id: `${peer.actorUri}/accept`,
    type: "Accept",
    actor: peer.actorUri,
    object: asked?.json["id"],
  });
  await drain(here);
  return peer.actorUri;
}

eachDatabase((_name, open) => {
  test("a file changes nothing until lines of it are chosen, and says what each would do", async () => {
    const { here, owner } = await owned({ database: await open() });
    const ann = (await aMember(here, "ann")).viewer;
    await followed(here, ann, "social.bad.test");
    await setDomainRule(here.app, owner, { domain: "known.test", severity: "limit", privateComment: "ours" });
    await setDomainRule(here.app, owner, { domain: "strict.test", severity: "suspend" });
    await setDomainRule(here.app, owner, { domain: "equal.test", severity: "suspend" });
    const id = await aFile(
      here,
      owner,
      `${HEADER}bad.test,suspend,False,False,"spam, scams",False
known.test,suspend,,,,
strict.test,silence,,,,
equal.test,suspend,False,False,,False
here.test,suspend,,,,
com,suspend,,,,
co.uk,suspend,,,,
*,suspend,,,,
b*d.example,suspend,,,,
not a domain,suspend,,,,
odd.test,shadowban,,,,
`,
    );
    expect(await isBlockedHost(here.app, "bad.test")).toBe(false);
    expect(await lines(here, owner, id)).toEqual({
      "bad.test": "waiting new",
      "known.test": "waiting stricter",
      "strict.test": "waiting milder",
      "equal.test": "same same",
      "here.test": "own",
      com: "registry",
      "co.uk": "registry",
      "*": "everything",
      "b*d.example": "hidden",
      "not a domain": "no_domain",
      "odd.test": "severity",
    });
    const source = { kind: "file", id } as const;
    const page = await viewDrafts(here.app, owner, { source, group: "waiting", after: 0 });
    expect(page.loss).toEqual({ following: 1, followers: 0, servers: 1 });
    const bad = page.items.find((one) => one.domain === "bad.test");
    expect([bad?.following, bad?.followers]).toEqual([1, 0]);
    expect(await decideDrafts(here.app, owner, "apply", { source, ids: [bad?.id ?? 0] })).toBe(1);
    await drain(here);
    expect(await isBlockedHost(here.app, "x.bad.test")).toBe(true);
    expect(await decideDrafts(here.app, owner, "refuse", { source, ids: null })).toBe(2);
    expect((await lines(here, owner, id))["known.test"]).toBe("refused stricter");
    const rows = await here.app.db.selectFrom("decisions").select(["measure", "host", "by_id"]).execute();
    expect(rows).toHaveLength(4);
    expect(rows.at(-1)).toEqual({ measure: "domain", host: "bad.test", by_id: owner.actorId });
    await here.close();
  });

  test("what was applied can be undone, each rule and the file as a whole, but not what was changed by hand since", async () => {
    const { here, owner } = await owned({ database: await open() });
    const ann = (await aMember(here, "ann")).viewer;
    const eve = await followed(here, ann, "one.test");
    await setDomainRule(here.app, owner, { domain: "three.test", severity: "limit", privateComment: "mine" });
    const id = await aFile(here, owner, "one.test\r\ntwo.test\r\nthree.test\r\nfour.test\r\n");
    const source = { kind: "file", id } as const;
    await decideDrafts(here.app, owner, "apply", { source, ids: null });
    await drain(here);
    const actorId = await findActorIdByUri(here.app, eve);
    if (actorId === null) throw new Error("eve is gone");
    expect((await findRelationship(here.app, ann, actorId)).following).toBe("no");
    await setDomainRule(here.app, owner, { domain: "four.test", severity: "none", rejectMedia: true });
    await decideDrafts(here.app, owner, "undo", { source, ids: null });
    await drain(here);
    expect(
      (await listRules(here.app)).map((rule) => [rule.domain, rule.severity, rule.privateComment]),
    ).toEqual([
      ["four.test", "none", null],
      ["three.test", "limit", "mine"],
    ]);
    const states = Object.values(await lines(here, owner, id)).map((one) => one.split(" ")[0] as DraftState);
    expect(states.toSorted()).toEqual(["applied", "undone", "undone", "undone"]);
    await forgetImport(here.app, owner, id);
    expect(await listSources(here.app, owner)).toEqual([]);
    expect(await listRules(here.app)).toHaveLength(2);
    await here.close();
  });

  test("a long file is applied in the background, goes on after a stop, and every rule has its decision", async () => {
    const { here, owner } = await owned({ database: await open() });
    const names = Array.from({ length: 130 }, (_, index) => `n${index}.long.test`);
    const id = await aFile(here, owner, names.join("\n"));
    const source = { kind: "file", id } as const;
    expect(await decideDrafts(here.app, owner, "apply", { source, ids: null })).toBe(130);
    const before = await viewDrafts(here.app, owner, { source, group: "waiting", after: 0 });
    expect([before.counts.applying, before.counts.applied]).toEqual([130, 0]);
    // A server that stops leaves the rest for the next start.
    await expect(
      continueDrafts(here.app, `file:${id}`, owner.accountId, AbortSignal.abort()),
    ).rejects.toThrow();
    await drain(here);
    const after = await viewDrafts(here.app, owner, { source, group: "applied", after: 0 });
    expect([after.counts.applying, after.counts.applied, after.items.length]).toEqual([0, 130, 50]);
    expect(after.next).not.toBeNull();
    const decided = await here.app.db.selectFrom("decisions").select("host").execute();
    const logged = await here.app.db.selectFrom("log_entries").select("body").execute();
    expect([decided.length, logged.length]).toEqual([130, 130]);
    // The same job once more, as after a crash, does nothing twice.
    await continueDrafts(here.app, `file:${id}`, owner.accountId);
    expect(await here.app.db.selectFrom("decisions").select("id").execute()).toHaveLength(130);
    // The list is not published, and so its lines do not name it.
    expect(logged.some(({ body }) => body.includes("long.test"))).toBe(false);
    await here.close();
  });
});

describe("a table of rules", () => {
  test("goes out as Mastodon writes it, and comes back the same", async () => {
    const { here, owner } = await owned();
    const rules = [
      { domain: "a.test", severity: "suspend", publicComment: 'says "no", twice' },
      { domain: "b.test", severity: "limit", rejectMedia: true, obfuscated: true },
      { domain: "c.test", severity: "none", rejectReports: true, publicComment: "=cmd()" },
    ] as const;
    for (const rule of rules) await setDomainRule(here.app, owner, rule);
    const text = await exportDomainRules(here.app);
    expect(text).toBe(
      `${HEADER}a.test,suspend,False,False,"says ""no"", twice",False
b.test,silence,True,False,,True
c.test,noop,False,True,'=cmd(),False
`,
    );
    const id = await aFile(here, owner, text);
    expect(Object.values(await lines(here, owner, id))).toEqual(["same same", "same same", "same same"]);
    await here.close();
  });

  test("is read with a byte order mark, with columns in another order, and with the strictest line of a domain", async () => {
    const { here, owner } = await owned();
    const id = await aFile(
      here,
      owner,
      `\uFEFF#severity,#domain,#more\r\nsilence,TWICE.test,1\r\nsuspend,twice.test.,2\r\nnoop,bücher.test,3\r\n`,
    );
    const page = await viewDrafts(here.app, owner, {
      source: { kind: "file", id },
      group: "waiting",
      after: 0,
    });
    expect(page.items.map((one) => [one.domain, one.proposal.severity])).toEqual([
      ["twice.test", "suspend"],
      ["xn--bcher-kva.test", "none"],
    ]);
    await here.close();
  });

  test.each([
    ["nothing", "", "field.import_empty"],
    ["a remark alone", "# only a remark\n", "field.import_empty"],
    ["a page", "<!doctype html><title>Sign in</title>", "field.import_columns"],
    ["JSON", '[{"domain":"a.test"}]', "field.import_columns"],
    ["a zero byte", "a.test\0\n", "field.import_not_text"],
    ["no domain at all", "hello world\nagain\n", "field.import_columns"],
    ["quotes that never end", `${HEADER}a.test,suspend,,,"oh no`, "field.import_broken"],
    ["too many lines", "x.test\n".repeat(20_003), "field.import_many"],
    ["too many bytes", `a.test\n${"#".repeat(4 * 1024 * 1024)}`, "field.import_large"],
  ])("with %s is refused, and nothing is kept", async (_name, text, key) => {
    const { here, owner } = await owned();
    await expect(aFile(here, owner, text)).rejects.toMatchObject({ fields: { file: { key } } });
    expect(await listSources(here.app, owner)).toEqual([]);
    await here.close();
  });

  test("is for administrators; moderators may look", async () => {
    const { here, owner } = await owned();
    const mo = (await aMember(here, "mo", { role: "moderator" })).viewer;
    const ann = (await aMember(here, "ann")).viewer;
    const id = await aFile(here, owner, "a.test\n");
    const source = { kind: "file", id } as const;
    for (const who of [mo, ann]) {
      await expect(aFile(here, who, "b.test\n")).rejects.toMatchObject({ kind: "forbidden" });
      await expect(decideDrafts(here.app, who, "apply", { source, ids: null })).rejects.toMatchObject({
        kind: "forbidden",
      });
    }
    await expect(viewDrafts(here.app, ann, { source, group: "waiting", after: 0 })).rejects.toMatchObject({
      kind: "forbidden",
    });
    expect((await viewDrafts(here.app, mo, { source, group: "waiting", after: 0 })).items).toHaveLength(1);
    expect(await listRules(here.app)).toEqual([]);
    await here.close();
  });
});

eachDatabase((name, open) => {
  test("two processes at the same file do nothing twice", async () => {
    const { here, owner } = await owned({ database: await open() });
    const names = Array.from({ length: 160 }, (_, index) => `n${index}.test`);
    const id = await aFile(here, owner, names.join("\n"));
    await decideDrafts(here.app, owner, "apply", { source: { kind: "file", id }, ids: null });
    const work = () => continueDrafts(here.app, `file:${id}`, owner.accountId);
    // In one process SQLite has one connection, and takes one transaction after the other.
    if (name === "sqlite") await work().then(work);
    else await Promise.all([work(), work(), work()]);
    expect(await listRules(here.app)).toHaveLength(160);
    expect(await here.app.db.selectFrom("decisions").select("id").execute()).toHaveLength(160);
    expect(await here.app.db.selectFrom("log_entries").select("seq").execute()).toHaveLength(160);
    await drain(here);
    await here.close();
  });
});

test("a page of lines costs as many statements with one line as with hundreds", async () => {
  const counting = await countingDatabase();
  const { here, owner } = await owned({ database: counting.database });
  const costs: number[] = [];
  for (const count of [1, 300]) {
    const names = Array.from({ length: count }, (_, index) => `n${index}.n${count}.test`);
    const source = { kind: "file", id: await aFile(here, owner, names.join("\n")) } as const;
    costs.push(
      await counting.statementsOf(async () => {
        here.app.hostRules.forget();
        await viewDrafts(here.app, owner, { source, group: "waiting", after: 0 });
      }),
    );
  }
  expect(costs[1]).toBe(costs[0]);
  await here.close();
});

test("what somebody chose who is staff no more waits for others", async () => {
  const { here, owner } = await owned();
  const boss = (await aMember(here, "boss", { role: "admin" })).viewer;
  const names = Array.from({ length: 60 }, (_, index) => `n${index}.test`);
  const source = { kind: "file", id: await aFile(here, owner, names.join("\n")) } as const;
  await decideDrafts(here.app, boss, "apply", { source, ids: null });
  await here.app.db
    .updateTable("accounts")
    .set({ role: "member" })
    .where("id", "=", boss.accountId)
    .execute();
  await drain(here);
  expect(await listRules(here.app)).toEqual([]);
  expect((await viewDrafts(here.app, owner, { source, group: "waiting", after: 0 })).counts.waiting).toBe(60);
  await here.close();
});
