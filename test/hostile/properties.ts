// What must hold for everything of its kind, looked for at random with a fixed seed: two hundred cases each in the ordinary suite
// (properties.test.ts), ten thousand in the long one (test/faults/properties.fault.ts). Another seed: PROPERTY_SEED.

import fc from "fast-check";
import { expect } from "vitest";
import type { Role } from "../../server/domain/actor.ts";
import { asId } from "../../server/domain/ids.ts";
import { maySee, VISIBILITIES } from "../../server/domain/visibility.ts";
import { insertAccount } from "../../server/store/accounts.ts";
import type { Database, Db } from "../../server/store/database.ts";
import { findVisibleNotes } from "../../server/store/notes.ts";
import { renderMarkup } from "../../server/text/markup.ts";
import { sanitizeLocalHtml, sanitizeRemoteHtml } from "../../server/text/sanitize.ts";
import { PAGES } from "../../web/page-table.ts";
import { suspendAccount } from "../../server/services/operations/operations.ts";
import { aMember, createInstance, type Member } from "../support/instance.ts";
import { storeActor, storeBlock, storeFollow, storeNote } from "../support/rows.ts";
import { faults } from "../text/html.ts";
import { ask, everything } from "../web/attacks.ts";

/** Printed by the tests, so that a run can be had again. */
export const SEED = Number(process.env["PROPERTY_SEED"] ?? 20_261_121);

/** Pieces that parsers trip over, mixed with letters of several scripts. */
const PIECES = fc.constantFrom(
  ..."<script> </script> <img src=x onerror=alert(1)> <svg> </svg> <math> <mtext> <style> <!-- --> <![CDATA[ ]]> <noscript> </noscript> <title> <textarea> <template> <p> </p> <a> </a> <b> <i> </b> <ul> <li> <blockquote> <pre> <code> </code> <ruby> <rt> <table> <td> <select> <form>".split(
    " ",
  ),
  '<a href="javascript:alert(1)">',
  '<a href="https://good.test@e.test/">',
  '<a href="//e.test">',
  "<a href='java\nscript:x'>",
  '<p style="background:url(https://e.test)">',
  '<span class="invisible x">',
  '<p onclick="x" id=csrf>',
  "&#106;avascript:",
  "&lt;script&gt;",
  "\u0000",
  "\u202E",
  "\u200B",
  "你好",
  "مرحبا",
  " ",
  "\n",
);
const MARKS = fc.constantFrom(
  ..."* ** _ ` ``` ~~ # ## > - 1. [ ]( ) ![ | |a|b| --- \\ < > <script> https://e.test/ javascript:x @a@b.test #tag $ & &amp;".split(
    " ",
  ),
  "[x](javascript:alert(1))",
  "[x](<https://e.test/>)",
  "\n",
  "\n\n",
  "    ",
  "字",
  "\u202E",
);

const mixed = (piece: fc.Arbitrary<string>) =>
  fc.oneof(
    fc.array(piece, { minLength: 3, maxLength: 50 }).map((parts) => parts.join("")),
    fc
      .array(fc.oneof(piece, fc.string({ unit: "binary", maxLength: 6 })), { maxLength: 40 })
      .map((parts) => parts.join("")),
  );

/** HTML of others comes out with allowed things only, and the same when it is cleaned again. */
export function checkSanitizer(cases: number): void {
  fc.assert(
    fc.property(mixed(PIECES), (html) => {
      const clean = sanitizeRemoteHtml(html);
      expect(faults(clean)).toEqual([]);
      expect(sanitizeRemoteHtml(clean)).toBe(clean);
    }),
    { numRuns: cases, seed: SEED },
  );
}

const LINKS = {
  mention: ({ username, host }: { readonly username: string; readonly host: string | null }) => ({
    href: `https://here.test/@${username}${host === null ? "" : `@${host}`}`,
    label: username,
  }),
  tag: (tag: string) => `https://here.test/tags/${encodeURIComponent(tag)}`,
};

/** Whatever people write becomes HTML with allowed things only, which cleaning leaves as it is, and never throws. */
export function checkMarkdown(cases: number): void {
  fc.assert(
    fc.property(mixed(MARKS), (source) => {
      const { html } = renderMarkup(source, LINKS);
      expect(faults(html)).toEqual([]);
      expect(sanitizeLocalHtml(html)).toBe(html);
    }),
    { numRuns: cases, seed: SEED },
  );
}

const PEOPLE = [1, 2, 3, 4, 5, 6] as const;
const pair = fc.tuple(fc.constantFrom(...PEOPLE), fc.constantFrom(...PEOPLE)).filter(([a, b]) => a !== b);
const world = fc.record({
  follows: fc.uniqueArray(fc.tuple(pair, fc.constantFrom("accepted", "pending")), {
    selector: ([[a, b]]) => `${a} ${b}`,
    maxLength: 12,
  }),
  blocks: fc.uniqueArray(pair, { selector: ([a, b]) => `${a} ${b}`, maxLength: 5 }),
  notes: fc.array(
    fc.record({
      author: fc.constantFrom(...PEOPLE),
      visibility: fc.constantFrom(...VISIBILITIES),
      mentions: fc.uniqueArray(fc.constantFrom(...PEOPLE), { maxLength: 3 }),
      hidden: fc.boolean(),
    }),
    { minLength: 8, maxLength: 8 },
  ),
});
type World = typeof world extends fc.Arbitrary<infer T> ? T : never;
/** Of the people of a world, the last is a moderator. */
const JUDGE = 6;
const CASES_A_WORLD = 8 * (PEOPLE.length + 1);

/** Over people who follow, block and mention each other at random: the rule of the domain and its SQL agree on who sees what. */
export async function checkVisibility({ db }: Database, cases: number): Promise<void> {
  for (const id of PEOPLE) await storeActor(db, id);
  await storeJudge(db);
  await fc.assert(
    fc.asyncProperty(world, async (one) => {
      await storeWorld(db, one);
      for (const viewer of [null, ...PEOPLE]) {
        const rows = await findVisibleNotes(
          db,
          viewer,
          one.notes.map((_, at) => 1_000 + at),
        );
        const seen = new Set(rows.map((row) => Number(row.id)));
        for (const [at, note] of one.notes.entries())
          expect(seen.has(1_000 + at)).toBe(mayIn(one, viewer, note));
      }
    }),
    { numRuns: Math.ceil(cases / CASES_A_WORLD), seed: SEED, endOnFailure: true },
  );
}

function mayIn({ follows, blocks }: World, viewer: number | null, note: World["notes"][number]): boolean {
  const has = (list: readonly (readonly [number, number])[], a: number, b: number) =>
    list.some(([from, to]) => from === a && to === b);
  const accepted = follows.filter(([, state]) => state === "accepted").map(([one]) => one);
  const who = viewer ?? 0;
  return maySee(viewer === null ? null : asId(viewer), {
    visibility: note.visibility,
    authorId: asId(note.author),
    mentionsViewer: note.mentions.some((one) => one === viewer),
    viewerFollowsAuthor: has(accepted, who, note.author),
    blockedEitherWay: has(blocks, who, note.author) || has(blocks, note.author, who),
    hidden: note.hidden,
    viewerIsStaff: viewer === JUDGE,
  });
}

async function storeWorld(db: Db, { follows, blocks, notes }: World): Promise<void> {
  for (const table of ["mentions", "entries", "notes", "follows", "blocks"] as const)
    await db.deleteFrom(table).execute();
  let id = 10_000;
  for (const [[from, to], state] of follows) await storeFollow(db, ++id, from, to, state);
  for (const [from, to] of blocks) await storeBlock(db, ++id, from, to);
  for (const [at, { author, visibility, mentions, hidden }] of notes.entries()) {
    const hiding = hidden ? { hidden_at: 1, hidden_by: "moderator" as const } : {};
    await storeNote(db, 1_000 + at, author, { visibility, ...hiding }, mentions);
  }
}

async function storeJudge(db: Db): Promise<void> {
  await insertAccount(db, {
    id: 900,
    actor_id: JUDGE,
    email: null,
    password_hash: "",
    role: "moderator",
    locale: null,
    languages: "[]",
    invite_id: null,
    created_at: 0,
    suspended_at: null,
    notifications_read_id: 0,
  });
}

const RANKS: readonly Role[] = ["member", "moderator", "admin", "owner"];
/** Pages under /moderation that everybody may read: the open log, and what is withheld where. */
const OPEN = /^\/moderation\/(?:log|withheld)(?:[./{:]|$)/;

/** The lowest role that a page is for, by its address; null = anybody, signed in or not. */
function neededFor(pattern: string): Role | null {
  if (pattern.startsWith("/admin")) return "admin";
  return pattern.startsWith("/moderation") && !OPEN.test(pattern) ? "moderator" : null;
}

/**
 * Whoever comes to whatever page of the team, with whatever ids in its address: who has not the role finds nothing there, is told
 * nothing, and changes nothing.
 */
export async function checkAuthorization(database: Database, cases: number): Promise<void> {
  const home = await createInstance({ database });
  try {
    const people: (Member | null)[] = [null];
    for (const role of RANKS.slice(0, 3)) people.push(await aMember(home, `a_${role}`, { role }));
    const gone = await aMember(home, "a_suspended", { role: "admin" });
    await suspendAccount(home.app, { username: "a_suspended" });
    people.push(gone);
    const staff = PAGES.flatMap(([method, pattern]) => {
      const needed = neededFor(pattern);
      return needed === null ? [] : [{ method, pattern, needed }];
    });
    expect(staff.length).toBeGreaterThan(40);
    const before = await everything(home, ["sessions"]);
    const word = fc.oneof(
      fc.nat().map(String),
      fc.constantFrom("0", "-1", "x", "%00", "..x", "9".repeat(30)),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...staff),
        fc.nat({ max: people.length - 1 }),
        word,
        async (page, at, id) => {
          const who = people[at] ?? null;
          const rank = who === null || who === gone ? -1 : RANKS.indexOf(who.viewer.role);
          if (rank >= RANKS.indexOf(page.needed)) return;
          home.clock.advance(1_000);
          const path = page.pattern.replaceAll(/:\w+(?:\{(?:[^{}]|\{[^}]*\})*\})?/g, id);
          const fields = [
            ["do", "start"],
            ["role", "owner"],
            ["username", "a_member"],
            ["id", id],
          ] as const;
          const answer = await ask(home, { method: page.method, path }, { who, fields });
          const text = await answer.text();
          // Who is not signed in is asked to be; who is and may not finds nothing.
          expect(rank < 0 ? [303, 401, 404, 403] : [404]).toContain(answer.status);
          expect(text).not.toMatch(/a_suspended|owner_here/);
        },
      ),
      { numRuns: cases, seed: SEED, endOnFailure: true },
    );
    expect(await everything(home, ["sessions"])).toBe(before);
  } finally {
    await home.stop(0);
  }
}
