import { afterEach, expect, test } from "vitest";
import { editNote } from "../../server/services/notes/notes.ts";
import { placeWithholding } from "../../server/services/moderation/withholdings.ts";
import { fromNowhere, noteSeenFrom } from "../../server/services/moderation/withheld-here.ts";
import { createToken } from "../../server/services/operations/operations.ts";
import { viewNote } from "../../server/services/threads/threads.ts";
import { aMember, aNote, createInstance, type TestInstance } from "../support/instance.ts";

const MARKER = "zebrafish";
const running: TestInstance[] = [];
afterEach(async () => {
  for (const one of running.splice(0)) await one.stop(0);
});

/** A note that is withheld in one country, and one of somebody else that quotes it. */
async function aPlace() {
  const home = await createInstance({ environment: { CAUSEWAY_COUNTRY_HEADER: "CF-IPCountry" } });
  running.push(home);
  const { app, owner } = home;
  if (owner === null) throw new Error("Nobody owns this instance.");
  const { viewer: ada } = await aMember(home, "ada");
  const { viewer: bo } = await aMember(home, "bo");
  const note = await aNote(home, { by: ada, source: `lighthouse ${MARKER}` });
  const quoting = await aNote(home, { by: bo, source: "Look", quoteOf: note.id });
  await placeWithholding(app, owner, {
    object: note.uri,
    countries: ["DE"],
    basis: "court_order",
    legalRef: "1/26",
    requester: "Court",
    authorityUrl: null,
    facts: "An order.",
    notice: {},
    category: "STATEMENT_CATEGORY_ILLEGAL_OR_HARMFUL_SPEECH",
    language: "en",
    receivedAt: home.clock.now() - 1_000,
    endsAt: null,
  });
  return { home, app, ada, note, quoting };
}

test("a stream to a country says nothing of a withheld note that another one quotes", async () => {
  const { app, quoting } = await aPlace();
  const drawn = await fromNowhere(() => viewNote(app, null, quoting.id));
  expect(JSON.stringify(drawn.quote)).toContain(MARKER);
  expect(JSON.stringify(noteSeenFrom(drawn, "DE").quote)).not.toContain(MARKER);
  expect(JSON.stringify(noteSeenFrom(drawn, "FR").quote)).toContain(MARKER);
  expect(noteSeenFrom(drawn, null)).toBe(drawn);
});

test("no door of apps says it in that country, and no cache may share what any of them says", async () => {
  const { home, app, ada, note, quoting } = await aPlace();
  const { token } = await createToken(app, { username: "bo", scopes: ["read"], name: "app" });
  const paths = [
    `/api/v1/statuses/${note.id}`,
    `/api/v1/statuses/${note.id}/history`,
    `/api/v1/statuses/${quoting.id}`,
    `/api/v1/statuses/${quoting.id}/context`,
    "/api/v1/timelines/public?local=true",
    "/api/v1/timelines/home",
    `/api/v1/accounts/${note.author.id}/statuses`,
    `/api/v2/search?q=${MARKER}&type=statuses`,
  ];
  await editNote(app, ada, { noteId: note.id, source: `${MARKER} again` });
  const read = async (path: string, country: string) => {
    const headers = { authorization: `Bearer ${token}`, "cf-ipcountry": country };
    const answer = await home.fetch(new Request(new URL(path, "https://home.test"), { headers }), {
      ip: "127.0.0.1",
    });
    return { text: await answer.text(), cache: answer.headers.get("cache-control") };
  };
  for (const path of paths) {
    const here = await read(path, "DE");
    expect(here.text.replaceAll(`q=${MARKER}`, ""), path).not.toContain(MARKER);
    expect(here.cache, path).toBe("private, no-store");
  }
  for (const page of [
    note.url,
    `${note.url}/history`,
    `${note.url}/embed`,
    `${note.author.url}.atom`,
    "/@bo",
  ])
    expect((await read(page, "DE")).text, page).not.toContain(MARKER);
  const embed = `/api/oembed?url=${encodeURIComponent(note.url)}`;
  for (const country of ["DE", "FR"]) expect((await read(embed, country)).cache).toBe("private, no-store");
});
