import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { toNormal } from "../../federation/reading/normal.ts";
import { fromActor } from "../../federation/reading/from-actor.ts";
import type { Json } from "../../federation/reading/json.ts";
import type { ReceivedActor } from "../../server/domain/actor.ts";

async function fixture(name: string): Promise<Json> {
  return JSON.parse(await readFile(new URL(`../fixtures/${name}.json`, import.meta.url), "utf8")) as Json;
}

async function read(json: Json): Promise<ReceivedActor | null> {
  const parsed = await toNormal(json);
  return parsed === null ? null : fromActor(parsed);
}

test("Mastodon: a locked person, without the direction marks in the name", async () => {
  expect(await read(await fixture("mastodon-person"))).toMatchObject({
    uri: "https://mastodon.example/users/mira",
    url: "https://mastodon.example/@mira",
    kind: "Person",
    username: "mira",
    host: "mastodon.example",
    name: "Mira  evil",
    locked: true,
    discoverable: true,
    indexable: false,
    sharedInboxUri: "https://mastodon.example/inbox",
    avatarUrl: "https://mastodon.example/avatars/mira.png",
    fields: [{ name: "Home", verifiedAt: null }],
  });
});

test("Pleroma, with a context of its own host; Lemmy's groups; WordPress without a shared inbox", async () => {
  expect(await read(await fixture("pleroma-person"))).toMatchObject({
    username: "lin",
    name: "Lin 林",
    kind: "Person",
  });
  expect(await read(await fixture("lemmy-group"))).toMatchObject({ username: "gardens", kind: "Group" });
  expect(await read(await fixture("wordpress-person"))).toMatchObject({
    uri: "https://wp.example/?author=1",
    username: "ada",
    sharedInboxUri: null,
  });
});

test("an inbox on another host is refused", async () => {
  const json = await fixture("mastodon-person");
  expect(await read({ ...json, inbox: "https://victim.example/inbox" })).toBeNull();
});

test("a shared inbox or collection on another host is left out", async () => {
  const json = await fixture("mastodon-person");
  const actor = await read({
    ...json,
    endpoints: { sharedInbox: "https://victim.example/inbox" },
    outbox: "https://victim.example/outbox",
  });
  expect(actor).toMatchObject({ sharedInboxUri: null, outboxUri: null });
});

test("a note is no actor, and a name that nobody can write is refused", async () => {
  expect(await read(await fixture("mastodon-note"))).toBeNull();
  expect(await read({ ...(await fixture("mastodon-person")), preferredUsername: "a b" })).toBeNull();
});
