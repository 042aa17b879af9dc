import { describe, expect, it } from "vitest";
import { createIds } from "../../server/context.ts";
import { isReservedUsername, isUsername, outranks, parseHandle } from "../../server/domain/actor.ts";
import { idAt, parseId, timeOfId } from "../../server/domain/ids.ts";
import { narrower, PUBLIC_COLLECTION, visibilityOf } from "../../server/domain/visibility.ts";
import { testClock } from "../support/app.ts";

describe("ids", () => {
  it("grow even when a thousand are drawn in one millisecond, and stay safe integers of one length", () => {
    const clock = testClock();
    const ids = createIds(clock);
    const drawn = Array.from({ length: 3000 }, () => ids.next());
    expect(drawn.every((id, i) => i === 0 || id > (drawn[i - 1] ?? 0))).toBe(true);
    expect(new Set(drawn.map((id) => String(id).length))).toEqual(new Set([16]));
    expect(Number.isSafeInteger(idAt(Date.UTC(2109, 0, 1), 2047))).toBe(true);
  });

  it("carry the time they were made, and never lie in the future", () => {
    const clock = testClock();
    const ids = createIds(clock);
    expect(timeOfId(ids.at(clock.now() - 5000))).toBe(clock.now() - 5000);
    expect(timeOfId(ids.at(clock.now() + 5000))).toBe(clock.now());
  });

  it("are read from addresses only when they can be ids", () => {
    for (const text of ["0", "-1", "1e3", "12345678901234567", "abc", "", "1.5", " 1"])
      expect(parseId(text)).toBeNull();
    expect(parseId("3669999999999999")).toBe(3669999999999999);
  });
});

describe("names", () => {
  it("are small letters, digits and underscores (PRV-13)", () => {
    for (const name of ["a", "li_wei", "x".repeat(30)]) expect(isUsername(name)).toBe(true);
    for (const name of ["", "A", "аdmin", "a.b", "a b", "x".repeat(31), "a-b", ".."])
      expect(isUsername(name)).toBe(false);
  });

  it("that look like the house's own are reserved", () => {
    for (const name of ["admin", "support", "inbox", "api", "settings"])
      expect(isReservedUsername(name)).toBe(true);
  });

  it("of others are read as people type them", () => {
    expect(parseHandle("@Bo@West.Test")).toEqual({ username: "Bo", host: "west.test" });
    expect(parseHandle("acct:bo@west.test:3000")).toEqual({ username: "bo", host: "west.test:3000" });
    expect(parseHandle("＠bo＠west.test")).toEqual({ username: "bo", host: "west.test" });
    for (const text of ["", "@", "a b", "https://west.test/@bo", "@bo@", "@bo@a/b"])
      expect(parseHandle(text)).toBeNull();
  });

  it("of roles have an order in which nobody outranks their equals", () => {
    expect(outranks("owner", "admin")).toBe(true);
    expect(outranks("admin", "admin")).toBe(false);
    expect(outranks("member", "moderator")).toBe(false);
  });
});

describe("visibility", () => {
  const followersUri = "https://west.test/users/1/followers";
  it("is public only by the full IRI, and private when in doubt", () => {
    expect(visibilityOf({ to: [PUBLIC_COLLECTION], cc: [], followersUri })).toBe("public");
    expect(visibilityOf({ to: [followersUri], cc: [PUBLIC_COLLECTION], followersUri })).toBe("unlisted");
    expect(visibilityOf({ to: [followersUri], cc: [], followersUri })).toBe("followers");
    for (const alias of ["as:Public", "Public", "https://west.test/Public"])
      expect(visibilityOf({ to: [alias], cc: [], followersUri })).toBe("direct");
    expect(visibilityOf({ to: ["https://else.test/followers"], cc: [], followersUri: null })).toBe("direct");
  });

  it("never widens when two meet", () => {
    expect(narrower("public", "followers")).toBe("followers");
    expect(narrower("direct", "public")).toBe("direct");
  });
});
