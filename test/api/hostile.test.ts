// Made of the table of routes: every parameter of every route with what it is not meant for (OAU-11, SSRF).

import { createServer, type Server } from "node:http";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import type { Endpoint } from "../../api/endpoint.ts";
import { ROUTES } from "../../api/routes.ts";
import { createEgress, type Egress } from "../../server/http/egress.ts";
import { aMember } from "../support/instance.ts";
import { createNetwork } from "../support/network.ts";
import { eachInstance } from "./attacks.ts";
import { ask, type Asked, type Served, tokenOf, USUAL_SCOPES } from "./client.ts";

eachInstance((open, share) => {
  let served: Served;
  let token: string;
  let egress: Egress;
  /** Stands on loopback, where nothing that somebody typed may ever lead. */
  let trap: Server;
  const caught: string[] = [];
  let inside = "";

  beforeAll(async () => {
    trap = createServer((request, response) => {
      caught.push(`${request.method} ${request.url}`);
      response.end("{}");
    });
    await new Promise<void>((ready) => trap.listen(0, "127.0.0.1", ready));
    const address = trap.address();
    inside = `127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
    egress = createEgress({
      allowPrivateAddresses: false,
      userAgent: "test",
      isBlockedHost: () => Promise.resolve(false),
    });
    served = await open({ network: { ...createNetwork(), http: () => egress } });
    await aMember(served.instance, "bob", { role: "admin" });
    token = await tokenOf(served, "bob", [...USUAL_SCOPES, "admin:read", "admin:write"]);
  });
  afterAll(async () => {
    await egress.close();
    await new Promise((closed) => trap.close(closed));
  });

  async function send(
    method: string,
    path: string,
    body?: unknown,
    who: string | undefined = token,
  ): Promise<Asked> {
    // A turn comes back each second; those of notes, media and look-ups more slowly.
    served.instance.clock.advance(61_000);
    return await ask(served, method, path, { token: who, body });
  }

  /** What a parameter may be told: wrong kinds, too much, too little, and addresses that lead inside. */
  function values(): readonly unknown[] {
    return [
      "\u0000",
      "\ud800",
      "x".repeat(20_000),
      "9".repeat(40),
      "-1",
      1e308,
      0.5,
      true,
      null,
      [],
      ["\u0000", ["x"], {}],
      {},
      { "0": "x", id: "\u0000" },
      `http://${inside}/x`,
      `@x@${inside}`,
      "http://169.254.169.254/latest/meta-data",
      "'; DROP TABLE notes; --",
      '"><script>alert(1)</script>',
      "你好 مرحبا 🫠",
    ];
  }

  /** Streams stay open, so nobody waits for their end here. */
  const rows = ROUTES.filter(([, path]) => !path.includes("/streaming")).map(([method, path, endpoint]) => ({
    method,
    path,
    names: namesOf(endpoint as unknown as Endpoint),
  }));

  function namesOf({ params }: Endpoint): readonly string[] {
    const { properties = {} } = z.toJSONSchema(params, { io: "input", unrepresentable: "any" });
    return Object.keys(properties);
  }

  const pathOf = (path: string, value = "1"): string =>
    path.replaceAll(/:\w+(?:\{[^}]*\})?/g, encodeURIComponent(value));

  /** A reasonable body, so that one bad parameter is met where its good neighbours are used. */
  const GOOD: Readonly<Record<string, unknown>> = {
    status: "hello",
    title: "words",
    phrase: "words",
    keyword: "words",
    context: ["home"],
    domain: "elsewhere.test",
    client_name: "App",
    redirect_uris: "https://app.test/back",
    name: "harbour",
    q: "harbour",
    acct: "bob",
    comment: "words",
    list: "1",
    tag: "harbour",
  };

  function oneBad(names: readonly string[], bad: string, value: unknown): Readonly<Record<string, unknown>> {
    const good = names.flatMap((name) => (name in GOOD ? [[name, GOOD[name]] as const] : []));
    return { ...Object.fromEntries(good), [bad]: value };
  }

  /** As an address says it: lists and things with names as Rails writes them. */
  function queryOf(params: Readonly<Record<string, unknown>>): string {
    const pairs = Object.entries(params).flatMap(([name, value]): [string, string][] => {
      if (Array.isArray(value)) return value.map((one) => [`${name}[]`, textOf(one)]);
      if (typeof value === "object" && value !== null)
        return Object.entries(value).map(([inner, one]) => [`${name}[${inner}]`, textOf(one)]);
      return [[name, textOf(value)]];
    });
    return new URLSearchParams(pairs).toString();
  }

  function textOf(value: unknown): string {
    return typeof value === "string" ? value : JSON.stringify(value);
  }

  /** Statuses that say whose fault it is; the contract (contract.ts) throws for faults of ours, and for what is no JSON. */
  const DUE = new Set([200, 202, 206, 400, 401, 403, 404, 410, 413, 422, 429, 503]);

  test("every parameter of every route may be anything, and is answered", async () => {
    const faults: string[] = [];
    const attempt = async (method: string, path: string, body?: unknown): Promise<void> => {
      try {
        const { status } = await send(method, path, body);
        if (!DUE.has(status)) faults.push(`${status} ${method} ${path.slice(0, 150)}`);
      } catch (error) {
        faults.push(`${String(error).slice(0, 300)} ${JSON.stringify(body ?? "").slice(0, 200)}`);
      }
    };
    for (const { method, path, names } of share(rows)) {
      const inPath = [...path.matchAll(/:(\w+)/g)].map((match) => match[1] ?? "");
      for (const name of names.filter((one) => !inPath.includes(one)))
        for (const value of values()) {
          const params = oneBad(names, name, value);
          if (method === "GET") await attempt(method, `${pathOf(path)}?${queryOf(params)}`);
          else await attempt(method, pathOf(path), params);
        }
      if (faults.length > 15) break;
    }
    expect(faults).toEqual([]);
  }, 60_000);

  test("so may every part of an address", async () => {
    const faults: string[] = [];
    const parts = [
      "\u0000",
      "9".repeat(40),
      "-1",
      "1.5",
      "x".repeat(3_000),
      "%",
      "..",
      "<script>",
      "你好",
      "__proto__",
    ];
    for (const { method, path } of share(rows.filter((row) => row.path.includes(":"))))
      for (const part of parts)
        try {
          const { status } = await send(method, pathOf(path, part), method === "GET" ? undefined : {});
          if (!DUE.has(status)) faults.push(`${status} ${method} ${path} ${part}`);
        } catch (error) {
          faults.push(`${part}: ${String(error).slice(0, 300)}`);
        }
    expect(faults.slice(0, 15)).toEqual([]);
  }, 60_000);

  test("and nothing of it led inside", async () => {
    for (const path of share(rows.filter(({ method }) => method === "GET").map((row) => row.path)))
      for (const word of [`http://${inside}/users/x`, `@x@${inside}`, `https://${inside}/x`])
        for (const name of ["q", "acct", "url", "domain"])
          await send("GET", `${pathOf(path)}?${new URLSearchParams({ [name]: word, resolve: "true" })}`);
    expect(caught).toEqual([]);
  }, 60_000);
});
