// Made of the table of routes: a new row is tried without anybody writing a test.

import { beforeAll, describe, expect, test } from "vitest";
import type { Endpoint } from "../../api/endpoint.ts";
import { ROUTES } from "../../api/routes.ts";
import { coversScope, parseScopes, SCOPES } from "../../server/domain/scope.ts";
import { aMember } from "../support/instance.ts";
import { anAppToken, eachInstance } from "./attacks.ts";
import { ask, type Asked, type Served, tokenOf } from "./client.ts";

eachInstance((open) => {
  let served: Served;
  let appToken: string;
  const tokens = new Map<string, string>();

  beforeAll(async () => {
    served = await open();
    await aMember(served.instance, "ada");
    appToken = await anAppToken(served);
  });

  const rows = ROUTES.map(([method, path, endpoint]) => ({
    method,
    path,
    ...(endpoint as unknown as Endpoint),
  }));

  async function send(method: string, path: string, token?: string): Promise<Asked> {
    // A turn comes back each second.
    served.instance.clock.advance(1_000);
    return await ask(served, method, path.replaceAll(/:\w+(?:\{[^}]*\})?/g, "1"), { token });
  }

  /** A token that may do everything but what one of these scopes is for. */
  async function lacking(scopes: readonly string[]): Promise<string> {
    const others = SCOPES.filter((scope) => !scopes.some((wanted) => coversScope([scope], wanted)));
    const key = others.join(" ");
    const token = tokens.get(key) ?? (await tokenOf(served, "ada", others));
    tokens.set(key, token);
    return token;
  }

  type Row = (typeof rows)[number];

  /** Rows that do not answer a request with the status that is due, and a sentence. */
  async function wrong(of: readonly Row[], due: number, tokenFor: (row: Row) => Promise<string | undefined>) {
    const faults: string[] = [];
    for (const row of of) {
      const { status, json } = await send(row.method, row.path, await tokenFor(row));
      const says =
        typeof json === "object" && json !== null && typeof Reflect.get(json, "error") === "string";
      if (status !== due || !says) faults.push(`${row.method} ${row.path}: ${status}`);
    }
    return faults;
  }

  describe("A route that is not for everybody refuses", () => {
    const closed = rows.filter(({ who }) => who !== "anyone");

    test("whoever has no token, with 401", async () => {
      expect(await wrong(closed, 401, () => Promise.resolve(undefined))).toEqual([]);
    });

    test("an app's own token where a person is meant, with 401 (OAU-08)", async () => {
      const users = rows.filter(({ who }) => who === "user");
      expect(await wrong(users, 401, () => Promise.resolve(appToken))).toEqual([]);
    });

    test("a token that may do everything but this, with 403", async () => {
      const scoped = rows.filter(({ scopes }) => scopes.length > 0);
      expect(await wrong(scoped, 403, ({ scopes }) => lacking(scopes))).toEqual([]);
    });
  });

  describe("Every route", () => {
    test("names scopes that exist, and changes nothing with one that reads", () => {
      for (const { path, method, scopes } of rows) {
        expect(parseScopes(scopes.join(" ")), path).toEqual(scopes);
        // A translation is a text that is read; that it is asked for by POST is Mastodon's way.
        if (method === "GET" || path.endsWith("/translate")) continue;
        expect(
          scopes.filter((scope) => /^(?:admin:)?read\b/.test(scope)),
          path,
        ).toEqual([]);
      }
    });

    test("of the team asks for a person and a scope of the team", () => {
      for (const { path, who, scopes } of rows.filter((row) => row.path.includes("/admin/"))) {
        expect([path, who, scopes.length > 0]).toEqual([path, "user", true]);
        expect(scopes.filter((scope) => !scope.startsWith("admin:"))).toEqual([]);
      }
    });
  });
});
