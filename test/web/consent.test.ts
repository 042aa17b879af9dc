import { afterEach, beforeEach, expect, test } from "vitest";
import type { NoteView } from "../../server/domain/note.ts";
import { reactToNote } from "../../server/services/reactions/emoji-reactions.ts";
import { listInteractionRequests } from "../../server/services/consent/interactions.ts";
import { viewNote, viewThread } from "../../server/services/threads/threads.ts";
import { homeTimeline } from "../../server/services/timelines.ts";
import { aMember, aNote, createInstance, type Member, type TestInstance } from "../support/instance.ts";

let here: TestInstance;
let ann: Member;
let bo: Member;

beforeEach(async () => {
  here = await createInstance({ host: "here.test" });
  ann = await aMember(here, "ann");
  bo = await aMember(here, "bo");
});
afterEach(() => here.close());

const cookie = (who: Member) => ({ cookie: `__Host-session=${who.sessionToken}` });

async function page(who: Member | null, path: string): Promise<string> {
  const response = await here.request(path, {
    headers: { accept: "text/html", ...(who === null ? {} : cookie(who)) },
  });
  expect(response.status).toBe(200);
  return await response.text();
}

/** Submits a form as a browser does, with the token of a page that the person has open. */
async function submit(who: Member, path: string, fields: Record<string, string>): Promise<Response> {
  const csrf = /name="csrf" value="([^"]+)"/.exec(await page(who, "/compose"))?.[1] ?? "";
  const body = new URLSearchParams({ csrf, ...fields });
  return await here.request(path, {
    method: "POST",
    headers: {
      origin: "https://here.test",
      "content-type": "application/x-www-form-urlencoded",
      ...cookie(who),
    },
    body,
  });
}

const pathOf = (note: NoteView) => `/@${note.author.username}/${note.id}`;

test("reacting, joining and leaving by buttons", async () => {
  const note = await aNote(here, { by: ann.viewer, source: "Soup" });
  expect(await page(bo, pathOf(note))).toContain(`${pathOf(note)}/reactions`);
  const done = await submit(bo, `${pathOf(note)}/reactions`, { emoji: "🔥", return: pathOf(note) });
  expect(done.status).toBe(303);
  expect(done.headers.get("location")).toBe(`${pathOf(note)}#note-${note.id}`);
  const shown = await page(bo, pathOf(note));
  expect(shown).toMatch(/<button class="reaction" name="undo" value="🔥" aria-pressed="true"/);
  expect(await page(ann, pathOf(note))).toMatch(/name="emoji" value="🔥" aria-pressed="false"/);
  expect(await page(null, pathOf(note))).toMatch(/<span class="reaction"><span class="sign">🔥<\/span>/);
  expect(await page(bo, `${pathOf(note)}/reactions`)).toContain("@bo");
  await submit(bo, `${pathOf(note)}/reactions`, { undo: "🔥", return: pathOf(note) });
  expect((await viewNote(here.app, ann.viewer, note.id)).reactions).toEqual([]);
});

test("what is no emoji comes back at its field", async () => {
  const note = await aNote(here, { by: ann.viewer, source: "Soup" });
  const refused = await submit(bo, `${pathOf(note)}/reactions`, { other: "<b>hello", return: pathOf(note) });
  expect(refused.status).toBe(422);
  const text = await refused.text();
  expect(text).toContain("&lt;b&gt;hello");
  expect(text).toContain("Enter one emoji");
});

test("a note is quoted from its menu, and its author can take it out again", async () => {
  const note = await aNote(here, { by: ann.viewer, source: "Worth a quote" });
  expect(await page(bo, pathOf(note))).toContain(`href="/compose?quote=${note.id}"`);
  const form = await page(bo, `/compose?quote=${note.id}`);
  expect(form).toContain("Worth a quote");
  expect(form).toContain(`name="quote" value="${note.id}"`);
  const posted = await submit(bo, "/compose", {
    source: "Look",
    quote: String(note.id),
    visibility: "public",
    action: "post",
  });
  expect(posted.status).toBe(303);
  const quotePath = (posted.headers.get("location") ?? "").split("#")[0] ?? "";
  const shown = await page(ann, quotePath);
  expect(shown).toContain("Worth a quote");
  expect(shown).toContain("/revoke-quote");
  expect(await page(bo, quotePath)).not.toContain("/revoke-quote");
  await submit(ann, `${quotePath}/revoke-quote`, { return: quotePath });
  const after = await page(bo, quotePath);
  expect(after).not.toContain("Worth a quote");
  expect(after).toContain("has taken it out");
});

test("a quote is kept in a draft", async () => {
  const note = await aNote(here, { by: ann.viewer, source: "Worth a quote" });
  const saved = await submit(bo, "/compose", {
    source: "Later",
    quote: String(note.id),
    "quote-policy": "ask",
    visibility: "public",
    action: "save",
  });
  const draft = await page(bo, saved.headers.get("location") ?? "");
  expect(draft).toContain(`name="quote" value="${note.id}"`);
  expect(draft).toMatch(/<option value="ask" selected>/);
});

test("who may reply and quote is chosen for a note, or for all of them", async () => {
  await submit(ann, "/settings/posting", {
    visibility: "public",
    altReminder: "remind",
    reply: "everyone",
    quote: "nobody",
  });
  expect(await page(ann, "/settings/posting?saved=yes")).toMatch(/<option value="nobody" selected>/);
  await submit(ann, "/compose", {
    source: "Ask me",
    "reply-policy": "ask",
    visibility: "public",
    action: "post",
  });
  const [entry] = (await homeTimeline(here.app, ann.viewer, {})).items;
  const note = await viewNote(here.app, bo.viewer, entry?.note.id ?? (0 as never));
  expect(note.may).toMatchObject({ reply: "ask", quote: "no", like: "yes" });
  expect(await page(bo, pathOf(note))).not.toContain(`/compose?quote=${note.id}`);
});

test("it can be changed for a note that is out, by its author alone", async () => {
  const note = await aNote(here, { by: ann.viewer, source: "Too many" });
  expect(await page(ann, `${pathOf(note)}/policy`)).toMatch(/<option value="everyone" selected>/);
  await submit(ann, `${pathOf(note)}/policy`, { reply: "mentioned", quote: "nobody" });
  expect((await viewNote(here.app, bo.viewer, note.id)).may).toMatchObject({
    reply: "no",
    quote: "no",
    like: "yes",
  });
  const strangers = await submit(bo, `${pathOf(note)}/policy`, { reply: "everyone", quote: "everyone" });
  expect(strangers.status).toBe(404);
  expect((await viewNote(here.app, bo.viewer, note.id)).may.reply).toBe("no");
});

test("requests are answered on their page", async () => {
  const ask = { automatic: "nobody", manual: "everyone" } as const;
  const note = await aNote(here, { by: ann.viewer, source: "Ask me", policy: { reply: ask } });
  await aNote(here, { by: bo.viewer, source: "May I?", replyTo: note.id });
  expect(await page(ann, "/notifications")).toContain('href="/requests"');
  expect(await page(ann, "/requests")).toContain("May I?");
  const [request] = (await listInteractionRequests(here.app, ann.viewer, {})).items;
  const strangers = await submit(bo, `/requests/${request?.id ?? 0}`, { do: "approve" });
  expect(strangers.status).toBe(404);
  expect((await submit(ann, `/requests/${request?.id ?? 0}`, { do: "approve" })).status).toBe(303);
  expect((await viewThread(here.app, ann.viewer, note.id)).replies).toHaveLength(1);
  expect(await page(ann, "/requests")).toContain("Nobody is waiting");
});

test("what an author does not want has no button, and says why", async () => {
  const nobody = { automatic: "nobody", manual: "nobody" } as const;
  const note = await aNote(here, {
    by: ann.viewer,
    source: "Leave me be",
    policy: { reply: nobody, like: nobody, announce: nobody, quote: nobody },
  });
  const shown = await page(bo, pathOf(note));
  expect(shown).not.toContain(`/compose?reply=${note.id}`);
  for (const word of ["takes no replies", "takes no likes", "does not want it boosted"])
    expect(shown).toContain(word);
  expect(await page(bo, `${pathOf(note)}/reactions`)).not.toContain('name="other"');
  await expect(reactToNote(here.app, bo.viewer, note.id, "🔥")).rejects.toMatchObject({ kind: "forbidden" });
});
