// The defaults in force beside docs/threats.md, "Defaults": each value is read from what runs, and the page has to say it.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { parseConfig } from "../../server/config.ts";
import { USE_LIMITS } from "../../server/domain/limits.ts";
import { NOTE_LIMITS } from "../../server/domain/note.ts";
import { LIMITS } from "../../server/http/rate-limit.ts";
import { contentSecurityPolicy, fixedHeaders } from "../../server/http/security.ts";
import { PASSWORD_COST } from "../../server/passwords.ts";
import { PASSWORD_MIN } from "../../server/services/accounts/passwords.ts";
import { KEPT, sessionDays } from "../../server/services/operations/kept.ts";
import { backOffMs } from "../../server/store/back-off.ts";
import { PASSWORD, createInstance, type TestInstance } from "../support/instance.ts";
import { ROOT } from "../support/sources.ts";

const page = readFileSync(join(ROOT, "docs", "threats.md"), "utf8");
const defaults = page.slice(page.indexOf("## Defaults"));

/** A row of the table, without the padding that the formatter puts in. */
function row(name: string): string {
  const found = defaults.split("\n").find((line) => line.startsWith(`| ${name} `));
  if (found === undefined) throw new Error(`docs/threats.md has no default for ${name}.`);
  return found.replaceAll(/\s+/g, " ");
}

let home: TestInstance | null = null;
afterEach(async () => {
  await home?.close();
  home = null;
});

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const RUNNING: readonly (readonly [string, string])[] = [
  [
    "Rates",
    `sign-in ${USE_LIMITS.loginByAccount.limit} per ${USE_LIMITS.loginByAccount.windowMs / MINUTE} min an account and ${USE_LIMITS.loginByAddress.limit} an address`,
  ],
  ["Rates", `sign-up ${USE_LIMITS.signUpByAddress.limit} an hour an address`],
  ["Rates", `notes ${USE_LIMITS.notes.limit} per ${USE_LIMITS.notes.windowMs / HOUR} h`],
  ["Rates", `uploads ${USE_LIMITS.media.limit} per ${USE_LIMITS.media.windowMs / MINUTE} min`],
  ["Rates", `remote look-ups ${USE_LIMITS.lookUps.limit} a minute a person`],
  ["Rates", `inbox ${LIMITS.inboxHost.limit} a minute a host, ${LIMITS.inboxHost.burst} at once`],
  ["Rates", `${LIMITS.inboxKeyless.limit} without a key a minute an address`],
  [
    "Rates",
    `apps ${LIMITS.api.limit} calls per ${LIMITS.api.windowMs / MINUTE} min, pages of visitors ${LIMITS.pages.limit}`,
  ],
  ["Rates", `new apps ${USE_LIMITS.apps.limit} an hour an address`],
  [
    "Rates",
    `codes for a new password ${USE_LIMITS.resetByAccount.limit} an hour an account and ${USE_LIMITS.resetByAddress.limit} an address`,
  ],
  ["Rates", `unknown keys ${LIMITS.keyFetch.limit} a minute a host`],
  ["Retries", "from 1 minute to 12 hours"],
  ["Passwords", `argon2id ${PASSWORD_COST.memoryCost / 1024} MiB, ${PASSWORD_COST.timeCost} pass`],
  ["Passwords", `${PASSWORD_MIN} characters or more`],
  [
    "Sessions",
    `${sessionDays({ hardened: false }).idle} idle days, ${sessionDays({ hardened: false }).most} in all`,
  ],
  [
    "Sessions",
    `hardened: ${sessionDays({ hardened: true }).idle} and ${sessionDays({ hardened: true }).most}`,
  ],
  ["Kept", `activities ${KEPT.activityDays} days`],
  [
    "Notes",
    `${NOTE_LIMITS.characters} characters, ${NOTE_LIMITS.media} media, ${NOTE_LIMITS.tags} tags, ${NOTE_LIMITS.mentions} mentions, ${NOTE_LIMITS.addressees} addressees, descriptions of ${NOTE_LIMITS.altCharacters}`,
  ],
];

test.each(RUNNING)("%s: %s", (name, said) => {
  expect(row(name)).toContain(said);
});

test("tries are spread over the whole of a minute first, and of twelve hours at last", () => {
  expect([backOffMs(1, 1), backOffMs(10, 1), backOffMs(30, 1)]).toEqual([MINUTE, 512 * MINUTE, 12 * HOUR]);
  expect(backOffMs(10, 0.5)).toBe(256 * MINUTE);
  expect(backOffMs(5, 0)).toBeGreaterThan(0);
});

test("every answer has the headers, whatever it is", async () => {
  const here = (home = await createInstance());
  const paths = [
    "/",
    "/about",
    "/nothing-here",
    "/api/v2/instance",
    "/.well-known/nodeinfo",
    "/home",
    "/robots.txt",
    "/static/none",
  ];
  for (const path of paths) {
    const { headers } = await here.request(path, { redirect: "manual" });
    // Apps of the web read the API from where they are (CORS); it takes no cookies.
    const isApi = path.startsWith("/api/");
    for (const [name, value] of fixedHeaders({ https: true }))
      if (!isApi || name !== "Cross-Origin-Resource-Policy")
        expect(headers.get(name), `${name} of ${path}`).toBe(value);
    expect(headers.get("server")).toBeNull();
    expect(headers.get("x-powered-by")).toBeNull();
  }
  const policy = contentSecurityPolicy();
  for (const part of [
    "default-src 'none'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "object-src 'none'",
    "form-action 'self'",
    "require-trusted-types-for 'script'",
  ])
    expect(policy).toContain(part);
  expect(policy).not.toMatch(/unsafe|\*|https?:/);
  expect(fixedHeaders({ https: true }).get("Strict-Transport-Security")).toBe("max-age=31536000");
  const html = await here.request("/login", { headers: { accept: "text/html" } });
  expect(html.headers.get("cache-control")).toBe("private, no-store");
  for (const name of ["Accept", "Cookie", "Signature"]) expect(html.headers.get("vary")).toContain(name);
});

test("a session's cookie is for this host, https and the server alone, and opaque", async () => {
  const here = (home = await createInstance());
  const answer = await here.request("/login", {
    method: "POST",
    body: new URLSearchParams({ username: "owner_here", password: PASSWORD }),
    headers: { origin: "https://home.test", "sec-fetch-site": "same-origin" },
    redirect: "manual",
  });
  const cookie = answer.headers.getSetCookie().find((one) => one.startsWith("__Host-session=")) ?? "";
  expect(cookie).toMatch(/^__Host-session=[\w-]{43};/);
  for (const part of ["Secure", "HttpOnly", "SameSite=Lax", "Path=/"]) expect(cookie).toContain(part);
  expect(cookie).not.toContain("Domain");
  const token = /=([\w-]{43})/.exec(cookie)?.[1] ?? "";
  const rows = await here.app.db.selectFrom("sessions").selectAll().execute();
  expect(JSON.stringify(rows)).not.toContain(token);
});

test("what has to be chosen by somebody is not chosen for them", () => {
  const parsed = parseConfig({});
  expect(parsed.ok && parsed.config).toMatchObject({
    allowPrivateAddresses: false,
    federation: "open",
    hardened: false,
    metricsToken: null,
    countryHeader: null,
    host: "127.0.0.1",
  });
});
