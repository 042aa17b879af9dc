// A suspended server at every door and in every spelling (threats MOD-01, MOD-02, MOD-04, MOD-08): nothing is taken, nothing
// is asked, nothing is sent, and nobody learns from an answer which rule it was.

import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Viewer } from "../../server/domain/actor.ts";
import { allowDomain, setDomainRule } from "../../server/services/moderation/domains.ts";
import { search } from "../../server/services/search.ts";
import { aCreate, createPeer, deliver, type Peer } from "../federation/peer.ts";
import { aMember, aNote, createInstance, type TestInstance } from "../support/instance.ts";
import { drain } from "../support/network.ts";

/** What stands in an address, and as what the network knows it. */
const SPELLINGS = [
  ["bad.test", "bad.test"],
  ["BAD.Test", "bad.test"],
  ["bad.test.", "bad.test."],
  ["bad.test:443", "bad.test"],
  ["x.bad.test", "x.bad.test"],
  ["a.b.c.bad.test", "a.b.c.bad.test"],
  ["bücher.example", "xn--bcher-kva.example"],
  ["xn--bcher-kva.example", "xn--bcher-kva.example"],
  ["192.0.2.7", "192.0.2.7"],
] as const;

let here: TestInstance;
let ann: Viewer;

async function begin(environment: Readonly<Record<string, string>> = {}): Promise<void> {
  here = await createInstance({ host: "here.test", environment });
  ann = (await aMember(here, "ann")).viewer;
}
afterEach(() => here.close());

/** Requests that left for a host. */
function askedOf(host: string): readonly string[] {
  return here.network.log.map((one) => one.url).filter((url) => new URL(url).host === host);
}

async function everyDoor(peer: Peer, spelled: string): Promise<readonly number[]> {
  const eve = `https://${spelled}/users/eve`;
  const { app } = here;
  const mention = {
    tag: [{ type: "Mention", href: app.uris.actor(ann.actorId), name: "@ann@here.test" }],
  };
  const create = { ...aCreate(peer, "1", mention), actor: eve };
  const statuses = [
    await deliver(here, peer, create, { keyId: `${eve}#main-key` }),
    await deliver(here, peer, { ...create, actor: peer.actorUri }, { keyId: `${eve}#main-key` }),
    // Signed by nobody, and so only the key's address tells.
    await deliver(here, peer, create, { keyId: `${eve}#main-key`, spec: "rfc9421" }),
  ];
  expect(await app.remote.fetchNote(`https://${spelled}/notes/1`)).toBeNull();
  expect(await app.remote.findActor(eve)).toBeNull();
  for (const words of [eve, `https://${spelled}/notes/1`, `@eve@${spelled}`, `eve@${spelled}`])
    expect((await search(app, ann, words)).actors).toEqual([]);
  await aNote(here, { by: ann, source: `hello @eve@${spelled}` });
  await drain(here);
  const notes = await app.db.selectFrom("notes").select("id").where("local", "=", 0).execute();
  expect(notes).toEqual([]);
  return statuses;
}

describe("a server that is suspended", () => {
  beforeEach(async () => {
    await begin();
    for (const domain of ["bad.test", "bücher.example", "192.0.2.7"])
      await setDomainRule(here.app, here.owner, { domain });
  });

  test.each(SPELLINGS)("is nobody at any door as %s", async (spelled, host) => {
    const peer = await createPeer(here, host);
    // An address of numbers is no name that a key may have, and refused before anybody looks at the rules.
    const refused = /^\d/.test(host) ? 401 : 403;
    expect(await everyDoor(peer, spelled)).toEqual([refused, refused, refused]);
    expect(askedOf(host)).toEqual([]);
    expect(peer.received).toEqual([]);
  });

  test("is not reached by way of an alias: WebFinger of a good server that names it, a document that does", async () => {
    const bad = await createPeer(here, "bad.test");
    const good = await createPeer(here, "good.test");
    good.documents.set("/.well-known/webfinger", {
      subject: "acct:eve@good.test",
      links: [{ rel: "self", type: "application/activity+json", href: bad.actorUri }],
    });
    const note = aCreate(bad, "1")["object"] as Record<string, unknown>;
    good.documents.set("/notes/1", { "@context": "https://www.w3.org/ns/activitystreams", ...note });
    expect((await search(here.app, ann, "@eve@good.test")).actors).toEqual([]);
    expect(await here.app.remote.fetchNote("https://good.test/notes/1")).toBeNull();
    // The key lies with the good server, the actor with the bad one; and the other way round.
    expect(await deliver(here, good, aCreate(bad, "2"))).not.toBe(500);
    expect(await deliver(here, bad, { ...aCreate(good, "3") })).toBe(403);
    await drain(here);
    expect(askedOf("bad.test")).toEqual([]);
    expect(await here.app.db.selectFrom("notes").select("id").where("local", "=", 0).execute()).toEqual([]);
  });

  test("is not told why: the answer is the same for every rule, and the list is nowhere to be read", async () => {
    const answers = new Set<string>();
    for (const host of ["bad.test", "x.bad.test"]) {
      const peer = await createPeer(here, host);
      const response = await here.request("/inbox", {
        method: "POST",
        headers: {
          "content-type": "application/activity+json",
          signature: `keyId="${peer.keyId}",algorithm="rsa-sha256",headers="(request-target)",signature="eA=="`,
        },
        body: JSON.stringify(aCreate(peer, "1")),
      });
      answers.add(`${response.status} ${(await response.text()).replaceAll(host, "")}`);
    }
    expect(answers.size).toBe(1);
    for (const path of [
      "/about/blocks",
      "/api/v1/instance/domain_blocks",
      "/nodeinfo/2.1",
      "/api/v2/instance",
    ])
      expect(await (await here.request(path)).text()).not.toContain("bad.test");
  });
});

describe("where only some are allowed", () => {
  beforeEach(async () => {
    await begin({ CAUSEWAY_FEDERATION: "allow-list" });
    await allowDomain(here.app, { domain: "friend.test" });
    await setDomainRule(here.app, here.owner, { domain: "out.friend.test" });
    // A milder rule is no permission.
    await setDomainRule(here.app, here.owner, { domain: "mild.test", severity: "limit" });
  });

  test.each([
    ["new.test", "new.test"],
    ["NEW.test.", "new.test."],
    ["out.friend.test", "out.friend.test"],
    ["x.out.friend.test:443", "x.out.friend.test"],
    ["notfriend.test", "notfriend.test"],
    ["mild.test", "mild.test"],
    ["192.0.2.8", "192.0.2.8"],
  ])("%s is refused before anything is asked", async (spelled, host) => {
    const peer = await createPeer(here, host);
    // An address of numbers is no name that a key may have, and refused before anybody looks at the rules.
    const refused = /^\d/.test(host) ? 401 : 403;
    expect(await everyDoor(peer, spelled)).toEqual([refused, refused, refused]);
    expect(askedOf(host)).toEqual([]);
  });

  test("a friend below an allowed name is heard", async () => {
    const peer = await createPeer(here, "x.friend.test");
    expect((await search(here.app, ann, "@eve@x.friend.test")).actors).toHaveLength(1);
    expect(await deliver(here, peer, aCreate(peer, "1"))).toBe(202);
  });
});
