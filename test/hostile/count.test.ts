import { hash } from "node:crypto";
import { expect, test } from "vitest";
import { hostileActivities } from "./activities.ts";
import { hostileAnswers, hostileLookUps } from "./answers.ts";
import { hostileBodies, hostileHeaders } from "./bodies.ts";
import { hostileLifeboats, hostileLists, hostileMedia } from "./files.ts";
import { hostileCalls, hostilePages, hostileQuestions } from "./requests.ts";
import type { Facts } from "./scene.ts";

const FACTS: Facts = {
  alice: "https://here.test/users/1",
  aliceNote: "https://here.test/notes/1",
  aliceSecret: "https://here.test/notes/2",
  vic: "https://v.test/users/vic",
  vicNote: "https://v.test/notes/1",
  vicSecret: "https://v.test/notes/2",
  vicLike: "https://v.test/likes/1",
  follow: "https://here.test/follows/1",
  eve: "https://e.test/users/eve",
  ids: {},
  carolNote: 3,
};

/** What makes an input another one than the others: what is sent, without the number that each activity is given. */
function distinct(inputs: readonly unknown[]): number {
  const told = inputs.map((input) =>
    hash(
      "sha256",
      JSON.stringify(input, (key, value: unknown) => {
        if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
        if (value instanceof RegExp) return String(value);
        if (key === "path" && typeof value === "string") return value.replace(/\/h\d+$/, "");
        return typeof value === "string" ? value.replaceAll(/\/acts\/h\d+|\/h\d+(?=$|\/)/g, "") : value;
      }),
    ),
  );
  return new Set(told).size;
}

test("at least 400 distinct hostile inputs are tried, and how many of each kind is said here", () => {
  const counts = {
    activities: distinct(hostileActivities(FACTS)),
    bodies: distinct(hostileBodies(FACTS)),
    signatures: distinct(hostileHeaders(FACTS)),
    pages: distinct(hostilePages(FACTS)),
    calls: distinct(hostileCalls(FACTS)),
    questions: distinct(hostileQuestions(FACTS)),
    answers: distinct(hostileAnswers(FACTS)),
    lookUps: distinct(hostileLookUps()),
    media: distinct(hostileMedia()),
    lists: distinct(hostileLists()),
    lifeboats: distinct(hostileLifeboats()),
  };
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  console.info(`${total} distinct hostile inputs: ${JSON.stringify(counts)}`);
  expect(Math.min(...Object.values(counts))).toBeGreaterThan(25);
  expect(total).toBeGreaterThan(600);
});
