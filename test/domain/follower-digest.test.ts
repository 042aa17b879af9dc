import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { followerDigest, fromSyncHeader, toSyncHeader } from "../../server/domain/follower-digest.ts";

const sha256 = (text: string) => createHash("sha256").update(text).digest();
const hex = (text: string) => createHash("sha256").update(text).digest("hex");

test("the digest of one follower is its hash, of none it is zero, of two alike it is zero again", () => {
  expect(followerDigest([], sha256)).toBe("0".repeat(64));
  expect(followerDigest(["https://a.test/users/1"], sha256)).toBe(hex("https://a.test/users/1"));
  expect(followerDigest(["x", "x"], sha256)).toBe("0".repeat(64));
});

test("the order of followers does not matter", () => {
  const uris = Array.from({ length: 20 }, (_, index) => `https://a.test/users/${index}`);
  expect(followerDigest(uris, sha256)).toBe(followerDigest(uris.toReversed(), sha256));
});

test("the example of FEP-8fcf gives the digest that it says", () => {
  const uris = ["https://testing.example.org/users/1", "https://testing.example.org/users/2"];
  expect(followerDigest(uris, sha256)).toBe(
    "c33f48cd341ef046a206b8a72ec97af65079f9a3a9b90eef79c5920dce45c61f",
  );
});

test("the header is read as it is written", () => {
  const sync = {
    collectionId: "https://a.test/users/1/followers",
    url: "https://a.test/users/1/followers_synchronization",
    digest: "0f".repeat(32),
  };
  expect(fromSyncHeader(toSyncHeader(sync))).toEqual(sync);
  expect(fromSyncHeader(toSyncHeader(sync).replaceAll(", ", ","))).toEqual(sync);
});

test.each([
  "",
  'collectionId="a", url="b"',
  'collectionId="a", url="b", digest="zz"',
  `collectionId="a", url="b", digest="${"0".repeat(64)}", url="c"`,
  `collectionId="a", url="b", digest="${"0".repeat(64)}"${" ".repeat(5000)}`,
])("a header that is not whole says nothing: %s", (value) => {
  expect(fromSyncHeader(value)).toBeNull();
});
