import { describe, expect, test } from "vitest";
import { mayFeature, readFeatureChoice, toFeatureRule } from "../../server/domain/collection.ts";
import { movesAgainAt } from "../../server/domain/move.ts";
import { PUBLIC_COLLECTION } from "../../server/domain/visibility.ts";
import { firstLink, relMeLinks } from "../../server/text/rel-me.ts";

const DAY = 86_400_000;

test("an actor of ours moves again after 30 days, others are believed after 7", () => {
  expect(movesAgainAt(null, 0, "ours")).toBeNull();
  expect(movesAgainAt(100, 100, "ours")).toBe(100 + 30 * DAY);
  expect(movesAgainAt(100, 100 + 30 * DAY, "ours")).toBeNull();
  expect(movesAgainAt(100, 100 + 7 * DAY, "theirs")).toBeNull();
});

describe("who may put somebody into a collection", () => {
  const somebody = {
    uri: "https://a.test/a",
    followersUri: "https://a.test/a/followers",
    followingUri: null,
  };
  const stranger = { uri: "https://b.test/b", follows: false, isFollowed: false };
  const follower = { ...stranger, follows: true };
  test.each([
    ["everyone", "yes", "yes"],
    ["followers", "ask", "yes"],
    ["ask", "ask", "ask"],
    ["nobody", "no", "no"],
  ] as const)("%s: strangers %s, followers %s", (choice, ofStranger, ofFollower) => {
    const rule = toFeatureRule(choice, somebody);
    expect(mayFeature(rule, somebody, stranger)).toBe(ofStranger);
    expect(mayFeature(rule, somebody, follower)).toBe(ofFollower);
  });

  test("nobody, when an actor says nothing; whoever is named, when it names somebody", () => {
    expect(mayFeature(null, somebody, follower)).toBe("no");
    expect(mayFeature({ automatic: [], manual: [stranger.uri] }, somebody, stranger)).toBe("ask");
    expect(mayFeature({ automatic: [], manual: [] }, somebody, stranger)).toBe("no");
    expect(mayFeature({ automatic: [PUBLIC_COLLECTION], manual: [] }, somebody, stranger)).toBe("yes");
  });

  test("an unknown choice is to ask", () => {
    expect(["everyone", "nonsense", null, 3].map(readFeatureChoice)).toEqual([
      "everyone",
      "ask",
      "ask",
      "ask",
    ]);
  });
});

describe("links that say that a page is somebody", () => {
  test("are found in a, link and area, however they are written", () => {
    const html = `<a href="https://a.test/1" rel="me">x</a><LINK REL='nofollow Me' HREF='https://a.test/2?x=1&amp;y=2'>
      <area rel=me href=https://a.test/3><a rel="mean" href="https://a.test/4"><a rel=me><abbr rel=me href="https://a.test/5">`;
    expect(relMeLinks(html)).toEqual(["https://a.test/1", "https://a.test/2?x=1&y=2", "https://a.test/3"]);
  });

  test("take linear time, whatever the page is", () => {
    for (const part of ['<a "', "<a rel=me href='", "<a ", '<a href="x" '])
      expect(relMeLinks(part.repeat(60_000)).length).toBeLessThanOrEqual(200);
  });

  test("of a field are its first address", () => {
    expect(firstLink('<a href="https://a.test/?a=1&amp;b=2" rel="me">a</a>')).toBe("https://a.test/?a=1&b=2");
    expect(firstLink("no link")).toBeNull();
  });
});
