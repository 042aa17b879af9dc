import { expect, test } from "vitest";
import { createAdmission, seemsSignedIn } from "../../server/http/admission.ts";

const LIMITS = {
  delivery: { inFlight: 2, delayMs: 300 },
  visitor: { inFlight: 2, delayMs: 600 },
  member: { inFlight: 3, delayMs: 3_000 },
};

test("each kind has places of its own, and a place that was left is free again", () => {
  const { enter } = createAdmission(() => 0, LIMITS);
  const first = enter("visitor");
  expect(first).not.toBeNull();
  expect(enter("visitor")).not.toBeNull();
  expect(enter("visitor")).toBeNull();
  expect(enter("delivery")).not.toBeNull();
  expect(enter("member")).not.toBeNull();
  first?.();
  expect(enter("visitor")).not.toBeNull();
});

test("the later everything is, the fewer are let in: deliveries give way first, members last (F29)", () => {
  let delay = 0;
  const { enter } = createAdmission(() => delay, LIMITS);
  const inside = () =>
    (["delivery", "visitor", "member"] as const).filter((guest) => {
      const leave = enter(guest);
      leave?.();
      return leave !== null;
    });
  expect(inside()).toEqual(["delivery", "visitor", "member"]);
  delay = 301;
  expect(inside()).toEqual(["visitor", "member"]);
  delay = 601;
  expect(inside()).toEqual(["member"]);
  delay = 3_001;
  expect(inside()).toEqual([]);
});

test("who brings a session or a token seems to be a member", () => {
  const of = (headers: Readonly<Record<string, string>>) => seemsSignedIn((name) => headers[name] ?? null);
  expect(of({})).toBe(false);
  expect(of({ cookie: "theme=dark" })).toBe(false);
  expect(of({ cookie: "theme=dark; __Host-session=abc" })).toBe(true);
  expect(of({ cookie: "session=abc" })).toBe(true);
  expect(of({ authorization: "Bearer x" })).toBe(true);
});
