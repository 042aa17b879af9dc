import { describe, expect, test } from "vitest";
import {
  type Interactor,
  OPEN_POLICY,
  type OwnPolicy,
  permissionOf,
  readOwnPolicy,
  type ReceivedRule,
  toRules,
} from "../../server/domain/policy.ts";
import { PUBLIC_COLLECTION } from "../../server/domain/visibility.ts";

const OWNER = {
  uri: "https://a.test/u",
  followersUri: "https://a.test/u/followers",
  followingUri: "https://a.test/u/following",
};

const WHO: Interactor = {
  uri: "https://b.test/u",
  isAuthor: false,
  isMentioned: false,
  followsAuthor: false,
  followedByAuthor: false,
};

const rule = (automatic: readonly string[], manual: readonly string[] = []): ReceivedRule => ({
  automatic,
  manual,
});

describe("permissionOf", () => {
  const cases: readonly (readonly [string, ReceivedRule, Partial<Interactor>, string])[] = [
    ["everybody", rule([PUBLIC_COLLECTION]), {}, "yes"],
    ["nobody", rule([OWNER.uri]), {}, "no"],
    ["an empty rule", rule([]), {}, "no"],
    ["everybody after asking", rule([OWNER.uri], [PUBLIC_COLLECTION]), {}, "ask"],
    ["a follower", rule([OWNER.followersUri]), { followsAuthor: true }, "yes"],
    ["no follower", rule([OWNER.followersUri]), { followedByAuthor: true }, "no"],
    ["somebody the author follows", rule([OWNER.followingUri]), { followedByAuthor: true }, "yes"],
    [
      "a follower who has to ask",
      rule([PUBLIC_COLLECTION], [OWNER.followersUri]),
      { followsAuthor: true },
      "ask",
    ],
    ["a person by name", rule([WHO.uri], [PUBLIC_COLLECTION]), {}, "yes"],
    ["a person by name who has to ask", rule([PUBLIC_COLLECTION], [WHO.uri]), {}, "ask"],
    ["the same entry twice", rule([PUBLIC_COLLECTION], [PUBLIC_COLLECTION]), {}, "yes"],
    ["the author", rule([]), { isAuthor: true }, "yes"],
    ["the followers of somebody else", rule(["https://c.test/followers"]), { followsAuthor: true }, "no"],
  ];
  test.each(cases)("%s", (_name, one, change, expected) => {
    expect(permissionOf(one, "like", OWNER, { ...WHO, ...change })).toBe(expected);
  });

  test("whoever is named may answer, and do nothing else by that", () => {
    const named = { ...WHO, isMentioned: true };
    expect(permissionOf(rule([]), "reply", OWNER, named)).toBe("yes");
    for (const verb of ["like", "announce", "quote"] as const)
      expect(permissionOf(rule([]), verb, OWNER, named)).toBe("no");
  });

  test("without a rule everything is allowed, and a quote is asked for", () => {
    expect(permissionOf(null, "quote", OWNER, WHO)).toBe("ask");
    for (const verb of ["like", "announce", "reply"] as const)
      expect(permissionOf(null, verb, OWNER, WHO)).toBe("yes");
  });

  test("an author without collections has no followers in rules", () => {
    const lonely = { ...OWNER, followersUri: null, followingUri: null };
    expect(
      permissionOf(rule(["https://a.test/u/followers"]), "like", lonely, { ...WHO, followsAuthor: true }),
    ).toBe("no");
  });
});

describe("toRules", () => {
  const rules = (policy: Partial<OwnPolicy>, visibility: "public" | "followers" = "public") =>
    toRules({ ...OPEN_POLICY, ...policy }, { owner: OWNER, mentionUris: [WHO.uri], visibility });

  test("says what the same policy decides", () => {
    for (const circle of ["everyone", "followers", "mentioned", "nobody"] as const) {
      const { reply, quote } = rules({
        reply: { automatic: circle, manual: "nobody" },
        quote: { automatic: circle, manual: "nobody" },
      });
      const stranger = { ...WHO, uri: "https://d.test/u" };
      expect(permissionOf(quote, "quote", OWNER, stranger)).toBe(circle === "everyone" ? "yes" : "no");
      expect(permissionOf(quote, "quote", OWNER, { ...stranger, followsAuthor: true })).toBe(
        circle === "everyone" || circle === "followers" ? "yes" : "no",
      );
      expect(permissionOf(reply, "reply", OWNER, WHO)).toBe("yes");
    }
  });

  test("a note for followers is passed on by nobody but its author", () => {
    const { announce, quote, reply } = rules({}, "followers");
    expect([announce, quote]).toEqual([rule([OWNER.uri]), rule([OWNER.uri])]);
    expect(reply.automatic).toEqual([OWNER.uri, OWNER.followersUri, WHO.uri]);
  });
});

test("a damaged policy is the standard one", () => {
  for (const value of [null, 1, "x", {}, { reply: { automatic: "all" } }, { quote: null }])
    expect(readOwnPolicy(value)).toEqual(OPEN_POLICY);
  expect(readOwnPolicy({ quote: { automatic: "nobody", manual: "everyone" } }).quote).toEqual({
    automatic: "nobody",
    manual: "everyone",
  });
});
