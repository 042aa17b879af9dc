import { inspect } from "node:util";
import { configure, reset } from "@logtape/logtape";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { contentSecurityPolicy } from "../../server/http/security.ts";
import { aMember, createInstance, type Member, type TestInstance } from "../support/instance.ts";
import { drainWithFaults } from "../support/network.ts";
import {
  type Address,
  addressesOf,
  ask,
  everything,
  fieldsOf,
  MARKER,
  type Private,
  privateThings,
} from "./attacks.ts";

let home: TestInstance;
let bob: Member;
let hers: Private;
let own: readonly Address[];

beforeAll(async () => {
  home = await createInstance();
  hers = await privateThings(home);
  bob = await aMember(home, "bob");
  own = addressesOf("carol", hers);
});
afterAll(() => home.close());

const changing = () => own.filter(({ method }) => method !== "GET");
const reading = () => own.filter(({ method }) => method === "GET");

describe("A page of another site", () => {
  /** What a browser says of a form there, or of a frame without an origin, or an old browser of neither. */
  const FOREIGN: readonly Readonly<Record<string, string>>[] = [
    { origin: "https://evil.test", "sec-fetch-site": "cross-site" },
    { origin: "https://home.test.evil.test", "sec-fetch-site": "" },
    { origin: "https://media.home.test", "sec-fetch-site": "same-site" },
    { origin: "null", "sec-fetch-site": "cross-site" },
    { origin: "null", "sec-fetch-site": "" },
    { "sec-fetch-site": "" },
  ];

  test("posts to nothing: no address takes it, with or without a session, and nothing changes (WEB-01, WEB-02, WEB-05)", async () => {
    const before = await everything(home);
    const taken: string[] = [];
    for (const address of changing())
      for (const who of [null, hers.carol])
        for (const headers of FOREIGN) {
          const answer = await ask(home, address, { who, headers, fields: fieldsOf(hers) });
          // Without a cookie nothing but a form is a browser's doing.
          const isNothing = who === null && (address.method === "DELETE" || address.method === "PATCH");
          if (answer.status !== 403 && !(isNothing && answer.status >= 400))
            taken.push(`${address.method} ${address.path}: ${answer.status}`);
          if (answer.headers.get("set-cookie") !== null) taken.push(`${address.path}: a cookie`);
        }
    expect([...new Set(taken)]).toEqual([]);
    expect(await everything(home)).toBe(before);
  }, 30_000);

  test("cannot say that the browser itself shares something, and nothing but /share believes it", async () => {
    const headers = { origin: "null", "sec-fetch-site": "none" };
    const before = await everything(home);
    for (const address of changing().filter(({ path }) => path !== "/share"))
      expect((await ask(home, address, { who: hers.carol, headers })).status, address.path).toBe(403);
    expect(await everything(home)).toBe(before);
  });

  test("whose form comes without the token of this session, or with another's, is asked again and does nothing", async () => {
    const before = await everything(home);
    const OPENS_SESSIONS = new Set(["/login", "/login/2fa", "/join", "/setup", "/share"]);
    for (const address of changing().filter(
      ({ method, path }) => method === "POST" && !OPENS_SESSIONS.has(path),
    ))
      for (const csrf of ["", "x".repeat(24)])
        // An app that nobody knows is not asked about again: there is nothing to say yes to.
        expect((await ask(home, address, { who: hers.carol, csrf })).status, address.path).toBe(
          address.path.startsWith("/oauth/authorize") ? 400 : 403,
        );
    expect(await everything(home)).toBe(before);
  });

  test("reads nothing: no address but the open ones allows another origin to (WEB-14)", async () => {
    const open: string[] = [];
    for (const address of reading()) {
      home.clock.advance(20_000);
      const headers = { origin: "https://evil.test", "sec-fetch-site": "cross-site" };
      const answer = await ask(home, address, { who: hers.carol, headers });
      if (answer.headers.get("access-control-allow-origin") !== null) open.push(address.path);
      expect(answer.headers.get("access-control-allow-credentials"), address.path).toBeNull();
    }
    expect(open.filter((path) => !path.startsWith("/oembed"))).toEqual([]);
  });
});

describe("Reading", () => {
  test("changes nothing but what somebody has read (WEB-05)", async () => {
    const moving = ["jobs", "notifications", "markers", "proxied", "sessions", "settings"];
    const before = await everything(home, moving);
    for (const address of reading())
      for (const who of [null, bob]) {
        home.clock.advance(20_000);
        await ask(home, address, { who });
      }
    expect(await everything(home, moving)).toBe(before);
  }, 30_000);

  test("gets every answer with its walls around it (WEB-07)", async () => {
    const policy = contentSecurityPolicy();
    for (const address of reading())
      for (const who of [null, bob]) {
        home.clock.advance(20_000);
        const { headers } = await ask(home, address, { who });
        const isEmbed = address.path.endsWith("/embed") && headers.get("content-security-policy") !== policy;
        if (!isEmbed) expect(headers.get("content-security-policy"), address.path).toBe(policy);
        expect(headers.get("content-security-policy"), address.path).not.toMatch(/unsafe|\*(?!$)|https?:/);
        expect(headers.get("x-content-type-options")).toBe("nosniff");
        expect(headers.get("referrer-policy")).toMatch(/^(?:same-origin|no-referrer)$/);
        // Apps open it in a window of their own, and hear from there when it is done.
        const isOpened = address.path.startsWith("/oauth/authorize");
        expect(headers.get("cross-origin-opener-policy")).toBe(isOpened ? "unsafe-none" : "same-origin");
        expect(headers.get("permissions-policy")).toContain("camera=()");
        expect(headers.get("strict-transport-security")).toBe("max-age=31536000");
        expect(headers.get("server")).toBeNull();
      }
  });

  test("leaves nothing of a member in caches that others share (PRV-04)", async () => {
    /** The same for everybody, whoever asks. */
    const SAME =
      /^\/(?:manifest\.webmanifest|icons\/|service-worker\.js|oembed|theme\/|robots\.txt|\.well-known|moderation\/log\.ndjson)|\.(?:rss|atom|json)$|\/embed$/;
    for (const address of reading().filter(({ path }) => !SAME.test(path))) {
      home.clock.advance(20_000);
      const mine = await ask(home, address, { who: bob });
      const type = mine.headers.get("content-type") ?? "";
      if (mine.status < 300 || type.startsWith("text/html"))
        expect(mine.headers.get("cache-control"), address.path).toBe("private, no-store");
      const open = await ask(home, address);
      if (/public/.test(open.headers.get("cache-control") ?? "")) {
        expect(open.headers.get("vary"), address.path).toMatch(/Cookie/);
        expect(open.headers.get("set-cookie"), address.path).toBeNull();
      }
    }
  });

  test("is the same feed, embed and manifest for members and visitors", async () => {
    for (const { path } of reading().filter(
      // A file of one's own is nobody else's.
      ({ path: one }) => /\.(?:rss|atom|json)$|\/embed$|^\/oembed/.test(one) && !one.startsWith("/settings/"),
    )) {
      home.clock.advance(20_000);
      const texts = [];
      for (const who of [null, bob, hers.carol])
        texts.push(await (await ask(home, { method: "GET", path }, { who })).text());
      expect(new Set(texts.map((text) => text.replace(/<body class="\w+".*/s, ""))).size, path).toBe(1);
    }
  });
});

describe("What is the staff's", () => {
  /** What is decided here is for everybody to read. */
  const isOpen = ({ method, path }: Address) =>
    method === "GET" && /^\/moderation\/(?:log|withheld)(?:$|[/.])/.test(path);
  const isStaffs = (one: Address) => /^\/(?:admin|moderation)\b/.test(one.path) && !isOpen(one);

  test("is refused to everybody else, whatever they send, and nothing happens (ADM-01, ADM-02)", async () => {
    const before = await everything(home, ["sessions"]);
    const open: string[] = [];
    expect(own.filter(isStaffs).length).toBeGreaterThan(3);
    for (const address of own.filter(isStaffs))
      for (const who of [null, bob]) {
        home.clock.advance(1_000);
        await home.app.db.updateTable("sessions").set({ confirmed_at: home.clock.now() }).execute();
        const fields = [...fieldsOf(hers), ["role", "owner"], ["do", "save"], ["username", "bob"]] as const;
        const answer = await ask(home, address, { who, fields });
        const isToLogin = who === null && answer.headers.get("location")?.startsWith("/login?then=") === true;
        if (![401, 403, 404].includes(answer.status) && !isToLogin)
          open.push(
            `${address.method} ${address.path} as ${who === null ? "visitor" : "member"}: ${answer.status}`,
          );
      }
    expect(open).toEqual([]);
    expect(await everything(home, ["sessions"])).toBe(before);
  });

  test("asks the staff too who they are, ten minutes after they said so (docs/threats.md, step-up)", async () => {
    const admin = await aMember(home, "admin_one", { role: "admin" });
    home.clock.advance(11 * 60_000);
    const before = await everything(home, ["sessions"]);
    const grave =
      /^\/(?:admin\/(?:settings|appearance|roles|storage|queue|jobs|federation|backup)|moderation\/domains)$/;
    const forms = changing().filter(({ path }) => grave.test(path));
    expect(forms.length).toBeGreaterThan(1);
    for (const address of forms)
      expect([
        address.path,
        (await ask(home, address, { who: admin, fields: [["do", "save"]] })).status,
      ]).toEqual([address.path, 401]);
    expect(await everything(home, ["sessions"])).toBe(before);
  });
});

describe("What is written down", () => {
  test("says nothing of what people wrote, who they are or what opens their sessions (PRV-14, OAU-07)", async () => {
    const lines: string[] = [];
    await configure({
      reset: true,
      sinks: {
        kept: (record) =>
          void lines.push(`${record.message.join("")} ${inspect(record.properties, { depth: 6 })}`),
      },
      loggers: [
        { category: ["causeway"], sinks: ["kept"], lowestLevel: "info" },
        { category: ["logtape"], sinks: [], lowestLevel: "error" },
      ],
    });
    try {
      for (const address of own) {
        home.clock.advance(20_000);
        await ask(home, address, {
          who: bob,
          fields: [
            ["source", MARKER],
            ["password", MARKER],
            ["link", MARKER],
          ],
        });
        await ask(home, { ...address, path: `${address.path}?link=${MARKER}&token=${MARKER}&q=${MARKER}` });
      }
      await drainWithFaults(home);
    } finally {
      await reset();
    }
    for (const secret of [MARKER, bob.sessionToken, hers.carol.sessionToken, "203.0.113.9"])
      expect(lines.filter((line) => line.includes(secret))).toEqual([]);
  });
});
