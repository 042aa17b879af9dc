import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { Account } from "../../api/entities/account.ts";
import { Status } from "../../api/entities/status.ts";
import { aNote } from "../support/instance.ts";
import { aPerson, ask, open, type Person } from "./client.ts";

/** What clients cannot live without (each has made a real one fail); sign-in has two more in the tests of OAuth. */
describe("What breaks clients", () => {
  let served: Awaited<ReturnType<typeof open>>;
  let ada: Person;

  beforeAll(async () => {
    served = await open();
    ada = await aPerson(served, "ada");
    for (let n = 0; n < 3; n++) await aNote(served.instance, { by: ada.viewer, source: `Note ${n} #tag` });
  });
  afterAll(() => served.close());

  const page = async (path = "/api/v1/timelines/home") => await ada.ask("GET", path);
  const record = (json: unknown) => z.record(z.string(), z.unknown()).parse(json);

  test("1: the version begins with Mastodon's, as Ice Cubes, Moshidon and Mastodon.py read it", async () => {
    for (const path of ["/api/v1/instance", "/api/v2/instance"]) {
      const version = String(record((await page(path)).json)["version"]);
      expect(version).toMatch(/^\d\.\d\.\d \(compatible; Causeway \d+\.\d+\.\d+\)$/);
      expect(Number.parseFloat(version.slice(0, 3))).toBeGreaterThanOrEqual(4.3);
      expect(version).not.toMatch(/compatible; (?:Akkoma|Pleroma|Pixelfed|Iceshrimp)/);
    }
  });

  test("2: the number of the API promises grouped notifications, and they are there", async () => {
    const { api_versions: versions } = record((await page("/api/v2/instance")).json);
    expect(Number(record(versions)["mastodon"])).toBeGreaterThanOrEqual(2);
    expect((await page("/api/v2/notifications")).status).toBe(200);
  });

  test("3: NodeInfo names a document of version 2.0 beside 2.1", async () => {
    const links = await served.instance.request("/.well-known/nodeinfo");
    const { links: all } = (await links.json()) as { links: readonly { rel: string; href: string }[] };
    for (const version of ["2.0", "2.1"]) {
      const link = all.find(({ rel }) => rel.endsWith(`/schema/${version}`));
      const document = await served.instance.request(new URL(link?.href ?? "").pathname);
      expect(await document.json()).toMatchObject({ version, software: { name: "causeway" } });
      expect(document.headers.get("access-control-allow-origin")).toBe("*");
    }
  });

  test("4: pages of other origins may read the API, discovery and files", async () => {
    const paths = [
      "/api/v2/instance",
      "/.well-known/host-meta",
      "/.well-known/nodeinfo",
      "/.well-known/oauth-authorization-server",
      `/.well-known/webfinger?resource=acct:ada@${new URL(served.origin).host}`,
    ];
    for (const path of paths) {
      const response = await served.instance.request(path, { headers: { origin: "https://elk.test" } });
      expect([path, response.status, response.headers.get("access-control-allow-origin")]).toEqual([
        path,
        200,
        "*",
      ]);
    }
    const { headers } = await page();
    const exposed = headers.get("access-control-expose-headers") ?? "";
    for (const name of ["Link", "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"])
      expect(exposed).toContain(name);
    const preflight = await served.instance.request("/api/v1/statuses", {
      method: "OPTIONS",
      headers: { origin: "https://elk.test", "access-control-request-headers": "authorization" },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get("access-control-allow-headers")).toMatch(/authorization/i);
  });

  test("7: the Link header has `next` first, whole addresses without commas, and the caller's own words", async () => {
    const { headers } = await page("/api/v1/timelines/tag/tag?limit=2&any[]=a,b");
    const link = headers.get("link") ?? "";
    expect(/<([^>]+)>; rel="next"/.exec(link)?.index).toBe(0);
    const parts = link.split(",");
    expect(parts).toHaveLength(2);
    const next = new URL(/<([^>]+)>/.exec(parts[0] ?? "")?.[1] ?? "");
    expect([next.origin, next.searchParams.get("limit")]).toEqual([served.origin, "2"]);
    expect(next.searchParams.get("any[]")).toBe("a,b");
    const last = await page(next.pathname + next.search);
    expect(last.headers.get("link") ?? "").not.toContain('rel="next"');
    expect((await page("/api/v1/timelines/tag/nothing")).headers.get("link")).toBeNull();
  });

  test("8: ids are decimal, of one length, and sort by time as texts do", async () => {
    const statuses = z.array(Status).parse((await page()).json);
    const ids = statuses.map(({ id }) => id);
    for (const id of ids) expect(id).toMatch(/^\d{16}$/);
    expect(ids.toSorted().toReversed()).toEqual(ids);
  });

  test("9: nothing is null or absent that clients take for granted", async () => {
    const [status] = z.array(Status).parse((await page()).json);
    const needed = ["id", "uri", "url", "created_at", "content", "visibility", "sensitive", "spoiler_text"];
    const lists = ["media_attachments", "mentions", "tags", "emojis"];
    const counts = ["reblogs_count", "favourites_count", "replies_count"];
    for (const name of [...needed, ...lists, ...counts]) expect(record(status)[name], name).not.toBeNull();
    for (const name of [...needed, ...lists, ...counts]) expect(status).toHaveProperty(name);
    expect(status?.url).not.toBe("");
    const account = Account.parse(status?.account);
    for (const name of ["avatar", "avatar_static", "header", "header_static"] as const) {
      const response = await served.instance.request(new URL(account[name]).pathname);
      expect([name, response.status]).toEqual([name, 200]);
      expect(response.headers.get("content-type")).toMatch(/^image\//);
    }
    const { json } = await page(`/api/v1/accounts/relationships?id[]=${served.instance.owner?.actorId}`);
    const [relationship] = z.array(z.record(z.string(), z.unknown())).parse(json);
    expect(typeof relationship?.["note"]).toBe("string");
    const { thumbnail, registrations, contact } = record((await page("/api/v2/instance")).json);
    for (const part of [thumbnail, registrations, contact]) expect(record(part)).toBeTruthy();
  });

  test("10: times have three digits and a Z, errors are JSON with their status, and unknown addresses too", async () => {
    const [status] = z.array(Status).parse((await page()).json);
    expect(status?.created_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(status?.account.last_status_at ?? "2026-01-01").toMatch(/^\d{4}-\d\d-\d\d$/);
    const cases = [
      [await ask(served, "GET", "/api/v1/timelines/home"), 401],
      [await ask(served, "GET", "/api/v1/timelines/home", { token: "nobodys" }), 401],
      [await page("/api/v1/lists/1"), 404],
      [await page("/api/v1/nothing/of/the/kind"), 404],
      [await ada.ask("POST", "/api/v1/lists", {}), 422],
    ] as const;
    for (const [{ status: code, headers, json }, expected] of cases) {
      expect(code).toBe(expected);
      expect(headers.get("content-type")).toMatch(/^application\/json/);
      expect(record(json)["error"]).toEqual(expect.any(String));
    }
    const quiet = ["announcements", "trends/tags", "trends/statuses", "trends/links", "followed_tags"];
    const more = ["featured_tags", "filters", "scheduled_statuses", "endorsements", "suggestions", "lists"];
    for (const path of [...quiet, ...more]) {
      const { status: code, json } = await page(`/api/v1/${path}`);
      expect([path, code, Array.isArray(json)]).toEqual([path, 200, true]);
    }
  });
});
