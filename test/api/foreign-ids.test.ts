// Made of the table of routes: bob's token on carol's ids (OAU-10).

import { beforeAll, describe, expect, test } from "vitest";
import type { Endpoint } from "../../api/endpoint.ts";
import { ROUTES } from "../../api/routes.ts";
import { aMember } from "../support/instance.ts";
import { everything, MARKER, type Private } from "../web/attacks.ts";
import { type Attack, attacksOn, aWorld, bodiesOf, eachInstance, kindOf, rowsOf, writes } from "./attacks.ts";
import { ask, type Asked, type Served, tokenOf, USUAL_SCOPES } from "./client.ts";

eachInstance((open) => {
  let served: Served;
  let hers: Private;
  let bob: string;
  let carol: string;

  beforeAll(async () => {
    served = await open();
    hers = await aWorld(served.instance);
    await aMember(served.instance, "bob");
    bob = await tokenOf(served, "bob", [...USUAL_SCOPES, "admin:read", "admin:write"]);
    carol = await tokenOf(served, "carol");
  });

  async function send(method: string, path: string, token?: string, body?: unknown): Promise<Asked> {
    // A turn comes back each second, and tokens are not looked at as often.
    served.instance.clock.advance(1_000);
    return await ask(served, method, path, { token, body });
  }

  const textOf = ({ json, headers }: Asked): string =>
    `${JSON.stringify(json)}${JSON.stringify([...headers])}`;

  describe("What is somebody else's", () => {
    test("every kind of id in the table of routes is known to this test", () => {
      const unknown = ROUTES.filter(([, path]) => kindOf(path) === "unknown").map(([, path]) => path);
      expect(unknown).toEqual([]);
    });

    test("is missing in the very words in which what never was is missing, and stays as it is", async () => {
      const faults: string[] = [];
      const before = await everything(served.instance, ["tokens"]);
      // Reading all rows takes a while, so it is done only when something was written at all.
      let written = await writes(served.instance);
      const isChanged = async (): Promise<boolean> => {
        const now = await writes(served.instance);
        if (now === written) return false;
        written = now;
        return (await everything(served.instance, ["tokens"])) !== before;
      };
      const attack = async ({ method, path, other }: Attack, token?: string): Promise<void> => {
        const body = method === "GET" ? undefined : bodiesOf(hers)[2];
        const found = await send(method, path, token, body);
        const missing = await send(method, other, token, body);
        const name = `${method} ${path}${token === undefined ? "" : " as bob"}`;
        if (token !== undefined && found.status !== 404) faults.push(`${name}: ${found.status}`);
        if (found.status !== missing.status || JSON.stringify(found.json) !== JSON.stringify(missing.json))
          faults.push(
            `${name}: ${found.status} ${JSON.stringify(found.json)}, not ${missing.status} ${JSON.stringify(missing.json)}`,
          );
        if (textOf(found).includes(MARKER)) faults.push(`${name} tells`);
        if (await isChanged()) faults.push(`${name} changed something`);
      };
      for (const one of attacksOn(hers)) {
        await attack(one, bob);
        if (one.who === "anyone") await attack(one);
        if (faults.length > 20) break;
      }
      expect(faults).toEqual([]);
    }, 60_000);

    test("is there for its owner, so that its absence means something", async () => {
      const reached = new Set<string>();
      for (const { method, path } of attacksOn(hers).filter((one) => one.method === "GET")) {
        const { status } = await send(method, path, carol);
        if (status === 200) reached.add(path.replaceAll(/\d{4,}/g, ":id"));
      }
      for (const path of [
        "/api/v1/statuses/:id",
        "/api/v1/media/:id",
        "/api/v1/lists/:id",
        "/api/v2/filters/:id",
        "/api/v1/notifications/:id",
        "/api/v1/scheduled_statuses/:id",
      ])
        expect([...reached]).toContain(path);
    });

    test("is in no list and no search of others", async () => {
      const lists = ROUTES.filter(([method, path]) => method === "GET" && !path.includes("/streaming")).map(
        ([, path]) =>
          path
            .replaceAll(/:(?:hashtag|name)\b/g, "harbour")
            .replaceAll(/:\w+(?:\{[^}]*\})?/g, String(hers.carol.viewer.actorId)),
      );
      const queries = [
        "limit=80",
        `id[]=${hers.notes.join("&id[]=")}&q=lighthouse&acct=carol&url=${encodeURIComponent(`https://home.test/@carol/${hers.notes[0]}`)}`,
        `q=${encodeURIComponent(`https://home.test/@carol/${hers.notes[0]}`)}&resolve=true&tagged=harbour&pinned=true&account_id=${hers.carol.viewer.actorId}`,
      ];
      const told: string[] = [];
      for (const path of lists)
        for (const query of queries)
          for (const token of [bob, undefined]) {
            const answer = await send("GET", `${path}?${query}`, token);
            if (textOf(answer).includes(MARKER)) told.push(`${path}?${query} (${answer.status})`);
          }
      expect(told).toEqual([]);
    }, 60_000);

    test("is changed by nothing that names it in a body (OAU-10)", async () => {
      const before = await rowsOf(served.instance, hers);
      const faults: string[] = [];
      const statuses = new Set<number>();
      const changing = ROUTES.filter(([method, path]) => method !== "GET" && !path.startsWith("/oauth/"));
      for (const [method, pattern] of changing) {
        // What everybody may do to a person is done to carol elsewhere; here her things are meant.
        const path = pattern.replaceAll(/:\w+(?:\{[^}]*\})?/g, kindOf(pattern) === null ? "harbour" : "1");
        for (const body of bodiesOf(hers)) {
          const answer = await send(method, path, bob, body);
          statuses.add(answer.status);
          if (textOf(answer).includes(MARKER)) faults.push(`${method} ${path} tells`);
        }
        if ((await rowsOf(served.instance, hers)) !== before)
          faults.push(`${method} ${path} changed something`);
        if (faults.length > 10) break;
      }
      expect(faults).toEqual([]);
      for (const status of [200, 404, 422]) expect([...statuses]).toContain(status);
    }, 60_000);
  });

  describe("What only the team may do (ADM-01)", () => {
    const rows = ROUTES.filter(([, path]) => path.includes("/admin/"));

    test("is refused to members, whatever their token says, in the same words for everything", async () => {
      const answers = new Set<string>();
      const before = await everything(served.instance, ["tokens"]);
      for (const [method, pattern] of rows)
        for (const id of ["1", String(hers.carol.viewer.actorId)]) {
          const { status, json } = await send(
            method,
            pattern.replaceAll(/:\w+(?:\{[^}]*\})?/g, id),
            bob,
            method === "GET" ? undefined : { type: "suspend", domain: "evil.test", email: "x" },
          );
          // What cannot be read is said to whoever sent it; that is about the request alone.
          if (status === 422) continue;
          answers.add(`${status} ${JSON.stringify(json)}`);
          expect([403, 404]).toContain(status);
        }
      expect(await everything(served.instance, ["tokens"])).toBe(before);
      if (rows.length > 0) expect(answers.size).toBe(1);
    });

    test("asks for a scope of its own, of admins, too", async () => {
      await aMember(served.instance, "warden", { role: "admin" });
      const token = await tokenOf(served, "warden");
      for (const [method, pattern, endpoint] of rows) {
        expect((endpoint as unknown as Endpoint).scopes.length).toBeGreaterThan(0);
        const { status } = await send(method, pattern.replaceAll(/:\w+(?:\{[^}]*\})?/g, "1"), token);
        expect([pattern, status]).toEqual([pattern, 403]);
      }
    });
  });
});
