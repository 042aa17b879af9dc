// Whatever a file of rules, a list or a name holds: a rule about a real name, or a refusal with a reason; never a fault of
// ours, never a rule that nobody chose.

import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CausewayError } from "../../server/errors.ts";
import { isBlockedBy, type HostRules } from "../../server/domain/host-policy.ts";
import { canonicalDomain, listRules } from "../../server/services/moderation/domains.ts";
import { canonicalHost } from "../../server/services/moderation/domains-names.ts";
import { readDomainFile } from "../../server/services/moderation/domains-tables.ts";
import { createInstance, type TestInstance } from "../support/instance.ts";

const RUNS = { numRuns: 2_000 };
const NAME = /^(?:[a-z0-9_-]+\.)+[a-z0-9-]+$/;

let here: TestInstance;
beforeAll(async () => {
  here = await createInstance({ host: "social.here.test" });
});
afterAll(() => here.close());

/** What people and lists write where a name should stand. */
const typed = fc.oneof(
  fc.string({ unit: "binary", maxLength: 80 }),
  fc.domain(),
  fc.webUrl(),
  fc.ipV4(),
  fc.ipV6(),
  fc.emailAddress(),
  fc.domain().map((name) => `*.${name.toUpperCase()}.`),
  fc
    .tuple(fc.domain(), fc.constantFrom("/", ":443", "?x", "#x", "\0", "\u202e", "%2e", " ", "\t"))
    .map((parts) => parts.join("")),
  fc.constantFrom(
    "com",
    "co.uk",
    "localhost",
    "social.here.test",
    "here.test",
    "HERE.TEST.",
    "test",
    "*",
    "*.*",
    "..",
    ".",
    "a..b",
    "-a.test",
    "0x7f.1",
    "127.1",
    "1.2",
    "[::1]",
    "b***d.test",
    "раураl.com",
    "ｂａｄ.test",
    "bad。test",
    "ß.test",
    "xn--a.test",
    "a".repeat(300),
    `${"a".repeat(64)}.test`,
    "=cmd()",
    "@SUM(A1)",
  ),
);

describe("a name", () => {
  test("is read as a whole name in one spelling, or refused with a reason", () => {
    fc.assert(
      fc.property(typed, (text) => {
        const read = canonicalHost(text);
        if (!read.ok) return;
        expect(read.host).toMatch(NAME);
        expect(canonicalHost(read.host)).toEqual(read);
        const rule = { severity: "suspend", rejectMedia: false, rejectReports: false } as const;
        const rules: HostRules = { rules: new Map([[read.host, rule]]), allowed: new Set() };
        for (const host of [read.host, `x.${read.host}`, `${read.host.toUpperCase()}.`, `${read.host}:8443`])
          expect([host, isBlockedBy(rules, "open", host)]).toEqual([host, true]);
        expect(isBlockedBy(rules, "open", `x${read.host}`)).toBe(false);
        // Nobody is blocked whose name stands above, and never we ourselves.
        expect(isBlockedBy(rules, "open", read.host.split(".").slice(1).join("."))).toBe(false);
      }),
      RUNS,
    );
  });

  test("is never our own, nor one above it", () => {
    fc.assert(
      fc.property(typed, (text) => {
        try {
          const host = canonicalDomain(here.app, text);
          expect("social.here.test" === host || "social.here.test".endsWith(`.${host}`)).toBe(false);
        } catch (error) {
          expect(error).toBeInstanceOf(CausewayError);
        }
      }),
      RUNS,
    );
  });
});

describe("a file", () => {
  const cell = fc.oneof(
    typed,
    fc.constantFrom("suspend", "silence", "noop", "True", "False", '"', '"a', "", ","),
  );
  const table = fc
    .tuple(
      fc.constantFrom(
        "#domain,#severity\n",
        "domain,severity,public_comment\r\n",
        "\uFEFF#domain\r",
        "",
        "severity\n",
      ),
      fc.array(fc.array(cell, { maxLength: 7 }), { maxLength: 12 }),
      fc.constantFrom("\n", "\r\n", "\r"),
    )
    .map(([header, rows, end]) => header + rows.map((row) => row.join(",")).join(end));
  const bytes = fc.oneof(
    table.map((text) => new TextEncoder().encode(text)),
    fc.uint8Array({ maxLength: 400 }),
  );

  test("of any bytes is lines or a refusal, and changes nothing", { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(bytes, async (content) => {
        try {
          for (const line of await readDomainFile(here.app, content)) {
            if (line.fault !== null) continue;
            expect(line.domain).toMatch(NAME);
            expect(["none", "limit", "suspend"]).toContain(line.rule.severity);
            expect(line.rule.publicComment ?? "").not.toMatch(/\p{Cc}/u);
          }
        } catch (error) {
          if (!(error instanceof CausewayError)) throw error;
          expect(error.fields["file"]?.key).toMatch(/^field\.import_/);
        }
      }),
      RUNS,
    );
    expect(await listRules(here.app)).toEqual([]);
  });
});
