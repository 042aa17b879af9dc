import { afterEach, beforeEach, expect, test } from "vitest";
import { listConversations } from "../../server/services/conversations/conversations.ts";
import { csrfToken } from "../../web/session.ts";
import { LOCALES } from "../../web/i18n.ts";
import { aMember, aNote, createInstance, type Member, type TestInstance } from "../support/instance.ts";

let home: TestInstance;
let ann: Member;
let bea: Member;

beforeEach(async () => {
  home = await createInstance();
  ann = await aMember(home, "ann");
  bea = await aMember(home, "bea");
});
afterEach(() => home.close());

async function ask(path: string, who: Member | null, fields?: Record<string, string>, locale = "en") {
  const csrf = who === null ? "" : csrfToken(home.app, who.sessionToken);
  const cookie = who === null ? "" : `__Host-session=${who.sessionToken}; locale=${locale}`;
  const response = await home.request(path, {
    redirect: "manual",
    ...(fields === undefined ? {} : { method: "POST", body: new URLSearchParams({ csrf, ...fields }) }),
    headers: { accept: "text/html", "sec-fetch-site": "same-origin", cookie },
  });
  return { status: response.status, text: await response.text(), to: response.headers.get("location") ?? "" };
}

test("conversations are listed, read, left and come back to, without JavaScript", async () => {
  const note = await aNote(home, { by: bea.viewer, source: "@ann the lighthouse", visibility: "direct" });
  const page = await ask("/messages", ann);
  expect(page.text).toContain("the lighthouse");
  expect(page.text).toContain("Leave this conversation");
  expect((await ask(new URL(note.url).pathname, ann)).text).toContain("Leave this conversation");
  const [one] = (await listConversations(home.app, ann.viewer, { limit: 5 })).items;
  const id = String(one?.id);
  expect((await ask("/messages", ann, { do: "read", id })).to).toBe("/messages");
  expect((await ask("/messages", ann)).text).toContain("Mark as not read");
  expect((await ask("/messages", bea, { do: "leave", id })).status).toBe(404);
  await ask("/messages", ann, { do: "leave", id });
  expect((await ask("/messages", ann)).text).toContain("No conversations yet.");
  expect((await ask("/messages?left=yes", ann)).text).toContain("the lighthouse");
  await ask("/messages", ann, { do: "back", id: String(note.id) });
  expect((await ask("/messages", ann)).text).toContain("the lighthouse");
  for (const fields of [
    { do: "toString", id },
    { do: "leave", id: "x" },
    { do: "back", id: "-1" },
    { do: "leave", id: "99" },
  ])
    expect((await ask("/messages", ann, fields)).status).toBe(404);
  expect((await ask("/messages", null)).to).toContain("/login");
  for (const locale of LOCALES) expect((await ask("/messages", ann, undefined, locale)).status).toBe(200);
});

test("who may write in private is chosen with the other questions of privacy, and kept", async () => {
  expect((await ask("/settings/privacy", ann)).text).toContain("Who may write to you in private");
  const answer = await ask("/settings/privacy", ann, { messagesFrom: "nobody", choice: "everyone" });
  expect([303, 422]).toContain(answer.status);
  const page = (await ask("/settings/privacy", ann)).text;
  const choice = /name="choice" value="(\w+)" checked/.exec(page)?.[1] ?? "";
  expect((await ask("/settings/privacy", ann, { messagesFrom: "nobody", choice })).status).toBe(303);
  expect((await ask("/settings/privacy", ann)).text).toMatch(/value="nobody" checked/);
  await aNote(home, { by: bea.viewer, source: "@ann hello", visibility: "direct" });
  expect((await ask("/messages", ann)).text).toContain("No conversations yet.");
  await ask("/settings/privacy", ann, { messagesFrom: "<script>", choice });
  expect((await ask("/settings/privacy", ann)).text).toMatch(/value="nobody" checked/);
});
