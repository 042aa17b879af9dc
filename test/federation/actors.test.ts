import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Viewer } from "../../server/domain/actor.ts";
import { lookUpActor } from "../../server/services/actors/actors.ts";
import { removeMember } from "../../server/services/accounts/departures.ts";
import { addAlias } from "../../server/services/moves/moves.ts";
import { updateProfile } from "../../server/services/accounts/profile.ts";
import { findActorByUri, updateActor } from "../../server/store/actors.ts";
import { aMember, createInstance, type TestInstance } from "../support/instance.ts";
import { drain } from "../support/network.ts";
import { aPair, find, follow } from "../support/pair.ts";
import { createPeer, deliver } from "./peer.ts";

type Json = Record<string, unknown>;
const AS2 = "application/activity+json";

let here: TestInstance;
let alice: Viewer;
beforeEach(async () => {
  here = await createInstance({ host: "here.test" });
  alice = (await aMember(here, "alice")).viewer;
});
afterEach(() => here.close());

async function get(path: string, at = here): Promise<{ status: number; json: Json; headers: Headers }> {
  const response = await at.request(path, { headers: { accept: AS2 } });
  const text = await response.text();
  return {
    status: response.status,
    json: text.startsWith("{") ? (JSON.parse(text) as Json) : {},
    headers: response.headers,
  };
}

const finger = (resource: string, at = here) =>
  get(`/.well-known/webfinger?resource=${encodeURIComponent(resource)}`, at);

describe("an actor document", () => {
  test("says all that others may show of somebody", async () => {
    await updateProfile(here.app, alice, {
      discoverable: false,
      indexable: false,
      hidesRelations: true,
      showsFeatured: false,
      attributionDomains: ["news.example", "https://blog.example/me"],
      fields: [{ name: "Web", value: "https://blog.example/" }],
    });
    await addAlias(here.app, alice, "https://old.example/users/alice");
    const { json } = await get(here.app.uris.actor(alice.actorId));
    expect(json).toMatchObject({
      discoverable: false,
      indexable: false,
      memorial: false,
      suspended: false,
      showFeatured: false,
      showMedia: true,
      showRepliesInMedia: true,
      attributionDomains: ["news.example", "blog.example"],
      alsoKnownAs: ["https://old.example/users/alice"],
      featured: `${here.app.uris.actor(alice.actorId)}/featured`,
      featuredTags: `${here.app.uris.actor(alice.actorId)}/featured-tags`,
      generator: {
        type: "Application",
        implements: [
          { href: "https://datatracker.ietf.org/doc/html/rfc9421" },
          { href: "https://w3id.org/fep/8b32" },
        ],
      },
      attachment: [
        { type: "PropertyValue", name: "Web", value: expect.stringContaining('rel="me ') as string },
      ],
    });
    for (const side of ["followers", "following"] as const) {
      const collection = await get(here.app.uris[side](alice.actorId));
      expect(collection.json).toMatchObject({ type: "OrderedCollection", totalItems: 0 });
    }
  });

  test("of another server is read the same way", async () => {
    const pair = await aPair();
    await updateProfile(pair.east.app, pair.ann.viewer, {
      attributionDomains: ["news.example"],
      showsFeatured: false,
    });
    await addAlias(pair.east.app, pair.ann.viewer, "https://old.example/users/alice");
    await updateActor(pair.east.app.db, pair.ann.viewer.actorId, { memorial: 1 });
    const ann = await find(pair.west, pair.bo.viewer, "@ann@east.test");
    expect(ann).toMatchObject({ memorial: true, showsFeatured: false, movedToUri: null });
    expect(await findActorByUri(pair.west.app.db, ann.uri)).toMatchObject({
      also_known_as: '["https://old.example/users/alice"]',
      attribution_domains: '["news.example"]',
      implements: '["https://datatracker.ietf.org/doc/html/rfc9421","https://w3id.org/fep/8b32"]',
      featured_tags_uri: `${ann.uri}/featured-tags`,
      show_featured: 0,
      show_media: 1,
    });
  });

  test("that says suspended is not shown until it says otherwise; our own suspension stays", async () => {
    const eve = await createPeer(here, "eve.test");
    const document = eve.documents.get("/users/eve");
    const shown = async () => {
      await deliver(here, eve, update(eve.actorUri));
      await drain(here);
      return (await lookUpActor(here.app, alice, { username: "eve", host: "eve.test" }))?.suspended;
    };
    await find(here, alice, "@eve@eve.test");
    eve.documents.set("/users/eve", { ...document, suspended: true });
    expect(await shown()).toBe(true);
    eve.documents.set("/users/eve", { ...document, suspended: false });
    expect(await shown()).toBe(false);
  });

  test("of the instance is an Application that anybody may fetch, and says what the server can do", async () => {
    const { json: links } = await finger("https://here.test");
    const self = (links["links"] as { rel: string; href: string }[]).find(({ rel }) => rel === "self");
    const { status, json } = await get(self?.href ?? "");
    expect([status, json["type"]]).toEqual([200, "Application"]);
    expect(json).toMatchObject({ implements: [{ name: "RFC-9421: HTTP Message Signatures" }, {}] });
    expect(json).not.toHaveProperty("generator");
  });
});

let updates = 0;
function update(actorUri: string): Json {
  return {
    id: `${actorUri}/updates/${updates++}`,
    type: "Update",
    actor: actorUri,
    object: { id: actorUri, type: "Person" },
  };
}

describe("Update of a profile", () => {
  test("is read at its origin, once for many at a time, and seldom for those who never stop", async () => {
    const eve = await createPeer(here, "eve.test");
    await find(here, alice, "@eve@eve.test");
    const document = eve.documents.get("/users/eve");
    const reads = () => eve.asked.filter((path) => path === "/users/eve").length;
    eve.documents.set("/users/eve", { ...document, name: "New name" });
    const before = reads();
    for (let index = 0; index < 10; index++) await deliver(here, eve, update(eve.actorUri));
    await drain(here);
    const once = reads() - before;
    expect((await lookUpActor(here.app, alice, { username: "eve", host: "eve.test" }))?.name).toBe(
      "New name",
    );
    for (let index = 0; index < 10; index++) {
      await deliver(here, eve, update(eve.actorUri));
      await drain(here);
    }
    expect(reads() - before).toBeLessThanOrEqual(once * 7);
  });

  test("of somebody whom nobody here knows is of no concern", async () => {
    const eve = await createPeer(here, "eve.test");
    await deliver(here, eve, update(eve.actorUri));
    await drain(here);
    expect(await lookUpActor(here.app, alice, { username: "eve", host: "eve.test" })).toBeNull();
  });
});

describe("WebFinger", () => {
  test("has one subject, the aliases and all links whatever form the question has", async () => {
    const uri = here.app.uris.actor(alice.actorId);
    const questions = ["acct:alice@here.test", "acct:Alice@Here.Test", "https://here.test/@alice", uri];
    for (const question of questions) {
      const { status, json, headers } = await finger(question);
      expect(status).toBe(200);
      expect(headers.get("access-control-allow-origin")).toBe("*");
      expect(json["subject"]).toBe("acct:alice@here.test");
      expect(json["aliases"]).toEqual(expect.arrayContaining(["https://here.test/@alice", uri]));
      const links = json["links"] as { rel: string; template?: string; href?: string }[];
      const rels = links.map(({ rel }) => rel);
      expect(rels).toEqual(
        expect.arrayContaining([
          "self",
          "http://webfinger.net/rel/profile-page",
          "http://ostatus.org/schema/1.0/subscribe",
          ...["Follow", "Like", "Announce", "Create", "Object"].map(
            (name) => `https://w3id.org/fep/3b86/${name}`,
          ),
        ]),
      );
      for (const { rel, template } of links.filter(({ rel }) => rel.includes("/3b86/")))
        expect([rel, template]).toEqual([rel, expect.stringMatching(/^https:\/\/here\.test\/.*\{/)]);
    }
  });

  test("gives the links that were asked for, and says who has left", async () => {
    const { json } = await get("/.well-known/webfinger?resource=acct:alice@here.test&rel=self");
    expect(json["links"]).toEqual([{ rel: "self", type: AS2, href: here.app.uris.actor(alice.actorId) }]);
    await removeMember(here.app, alice.actorId);
    expect((await finger("acct:alice@here.test")).status).toBe(410);
  });

  test("knows nobody else, and wants a resource", async () => {
    for (const question of [
      "acct:nobody@here.test",
      "acct:alice@there.test",
      "https://there.test/@alice",
      "https://here.test/@nobody",
      `${here.app.uris.actor(alice.actorId)}1`,
      "mailto:alice@here.test",
      "@alice",
      "%",
    ])
      expect([question, (await finger(question)).status]).toEqual([question, 404]);
    expect((await get("/.well-known/webfinger")).status).toBe(400);
  });
});

describe("links that profiles claim", () => {
  const LINK = "https://blog.test/about";

  /** A page with this HTML at `blog.test`. */
  function blog(html: string, type = "text/html; charset=utf-8"): void {
    here.network.join("blog.test", () =>
      Promise.resolve(new Response(html, { headers: { "content-type": type } })),
    );
  }
  async function claim(): Promise<boolean> {
    await updateProfile(here.app, alice, { fields: [{ name: "Blog", value: LINK }] });
    await drain(here);
    const shown = await lookUpActor(here.app, null, { username: "alice", host: null });
    return shown?.fields[0]?.verifiedAt !== null;
  }

  test("are marked when the page links back as the same person, by a or link, to page or uri", async () => {
    for (const html of [
      '<a rel="me" href="https://here.test/@alice">me</a>',
      "<LINK HREF='https://here.test/@alice/' REL='nofollow ME'>",
      `<a class=x rel=me href=${here.app.uris.actor(alice.actorId)}>me</a>`,
    ]) {
      blog(html);
      expect([html, await claim()]).toEqual([html, true]);
    }
  });

  test("are not for a link without rel=me, to somebody else, or in something that is no page", async () => {
    for (const html of [
      '<a href="https://here.test/@alice">me</a>',
      '<a rel="me" href="https://here.test/@alice2">me</a>',
      '<a rel="me" href="https://evil.test/https://here.test/@alice">me</a>',
      "rel=me https://here.test/@alice",
    ]) {
      blog(html);
      expect([html, await claim()]).toEqual([html, false]);
    }
    blog('<a rel="me" href="https://here.test/@alice">me</a>', "text/plain");
    expect(await claim()).toBe(false);
  });

  test("are not when the page is somewhere else in truth", async () => {
    here.network.join("other.test", () =>
      Promise.resolve(
        new Response('<a rel="me" href="https://here.test/@alice">', {
          headers: { "content-type": "text/html" },
        }),
      ),
    );
    here.network.join("blog.test", () =>
      Promise.resolve(new Response(null, { status: 302, headers: { location: "https://other.test/" } })),
    );
    expect(await claim()).toBe(false);
  });

  test("stay marked when the page does not answer, and lose the mark when it does not link back any more", async () => {
    blog('<a rel="me" href="https://here.test/@alice">me</a>');
    expect(await claim()).toBe(true);
    here.network.leave("blog.test");
    expect(await claim()).toBe(true);
    blog("<p>nothing</p>");
    expect(await claim()).toBe(false);
  });

  test("of remote profiles are looked at too, once somebody here follows them", async () => {
    const pair = await aPair();
    pair.network.join("blog.test", () =>
      Promise.resolve(
        new Response('<a rel="me" href="https://east.test/@ann">', {
          headers: { "content-type": "text/html" },
        }),
      ),
    );
    await updateProfile(pair.east.app, pair.ann.viewer, { fields: [{ name: "Blog", value: LINK }] });
    await follow(pair, pair.west, pair.bo.viewer, "@ann@east.test");
    const ann = await find(pair.west, pair.bo.viewer, "@ann@east.test");
    expect(ann.fields[0]?.verifiedAt).toBe(pair.clock.now());
  });
});
