import { afterEach, describe, expect, test } from "vitest";
import { toDelivery, type Peer } from "../federation/peer.ts";
import { eachDatabase } from "../support/databases.ts";
import { drainWithFaults } from "../support/network.ts";
import type { TestInstance } from "../support/instance.ts";
import { csrfToken } from "../../web/session.ts";
import { hostileBodies, hostileHeaders } from "./bodies.ts";
import { hostileCalls, hostilePages, hostileQuestions, type HostileRequest } from "./requests.ts";
import { differences, openScene, type Scene } from "./scene.ts";
import { signRequest } from "@fedify/fedify";
import { toInstant } from "../../federation/reading/time.ts";

let scene: Scene | null = null;
afterEach(async () => {
  await scene?.close();
  scene = null;
});

/** Sends each input and gives what was wrong: an answer that is a fault of ours, or a state that is another one. */
async function faultsOf<T>(
  open: Scene,
  inputs: readonly T[],
  send: (input: T) => Promise<number>,
  every: number,
): Promise<readonly string[]> {
  const faults: string[] = [];
  let before = await open.state();
  for (const [index, input] of inputs.entries()) {
    open.home.clock.advance(20_000);
    const status = await send(input);
    const what = JSON.stringify(input, (_, value: unknown) =>
      value instanceof Uint8Array ? new TextDecoder().decode(value.subarray(0, 200)) : value,
    ).slice(0, 300);
    if (status >= 500 && status !== 501) faults.push(`${status} ${what}`);
    if (index % every !== 0 && index < inputs.length - 1) continue;
    await drainWithFaults(open.home);
    const now = await open.state();
    if (now !== before) faults.push(`changed (${status}): ${what}\n${differences(before, now)}`);
    before = now;
  }
  return [...faults, ...open.forbidden];
}

async function ask(open: Scene, input: HostileRequest): Promise<number> {
  const { method, path, body, who } = input;
  const headers = new Headers({ accept: "text/html", ...input.headers });
  if (who === "app") headers.set("authorization", `Bearer ${open.token}`);
  if (who === "session") headers.set("cookie", `__Host-session=${open.bob.sessionToken}`);
  let sent: string | URLSearchParams | null = null;
  if (body !== undefined && who === "app") {
    headers.set("content-type", "application/json");
    sent = JSON.stringify(body);
  } else if (body !== undefined) {
    const fields = new URLSearchParams(body as Record<string, string>);
    const isFromElsewhere = input.headers !== undefined && Object.keys(input.headers).length > 0;
    // What comes from elsewhere has stolen the token already; what is sent from here has no business with the thing.
    if (isFromElsewhere || fields.get("good") !== null)
      fields.set("csrf", csrfToken(open.home.app, open.bob.sessionToken));
    if (!isFromElsewhere) headers.set("sec-fetch-site", "same-origin");
    sent = fields;
  }
  const response = await open.home.request(path, { method, headers, body: sent, redirect: "manual" });
  await response.arrayBuffer();
  return response.status;
}

async function deliverBytes(home: TestInstance, eve: Peer, body: Uint8Array): Promise<number> {
  const init = {
    method: "POST",
    headers: { "content-type": "application/activity+json" },
    body: new Uint8Array(body),
  };
  const url = `https://${home.host}/inbox`;
  const signed = await signRequest(new Request(url, init), eve.keys.privateKey, new URL(eve.keyId), {
    spec: "draft-cavage-http-signatures-12",
    currentTime: toInstant(home.clock.now()),
  });
  const request = new Request(url, { method: "POST", headers: signed.headers, body: new Uint8Array(body) });
  return (await home.fetch(request, { ip: "192.0.2.1" })).status;
}

eachDatabase((kind, openDatabase) => {
  const every = kind === "sqlite" ? 1 : 40;

  describe("deliveries", () => {
    test("of bytes that are no activity are refused, though signed by somebody who may", async () => {
      scene = await openScene(await openDatabase());
      const { home, eve, facts } = scene;
      const accepted: string[] = [];
      const faults = await faultsOf(
        scene,
        hostileBodies(facts),
        async ({ body }) => {
          const status = await deliverBytes(home, eve, body);
          if (status < 400) accepted.push(new TextDecoder().decode(body.subarray(0, 300)));
          return status;
        },
        every,
      );
      expect(faults).toEqual([]);
      expect(accepted).toEqual([]);
    }, 120_000);

    test("with altered signatures and headers are refused, and nobody is asked where nobody may", async () => {
      scene = await openScene(await openDatabase());
      const { home, eve, facts } = scene;
      const accepted: string[] = [];
      const faults = await faultsOf(
        scene,
        hostileHeaders(facts),
        async ({ headers, signature }) => {
          const like = {
            id: "https://e.test/acts/s",
            type: "Like",
            actor: eve.actorUri,
            object: facts.aliceNote,
          };
          const good = await toDelivery(home, eve, like);
          const changed = new Headers(good.headers);
          const [pattern, put] = signature ?? [/^/, ""];
          const name = changed.has("signature") ? "signature" : "authorization";
          changed.set(name, (changed.get(name) ?? "").replace(pattern, put));
          for (const [header, value] of Object.entries(headers))
            if (value === null) changed.delete(header);
            else changed.set(header, value);
          const bad = new Request(good.url, { method: "POST", headers: changed, body: await good.text() });
          const { status } = await home.fetch(bad, { ip: "192.0.2.1" });
          if (status < 400) accepted.push(JSON.stringify({ headers, put }));
          return status;
        },
        every,
      );
      expect(faults).toEqual([]);
      expect(accepted).toEqual([]);
    }, 120_000);
  });

  for (const [name, inputs] of [
    ["pages and forms", hostilePages],
    ["calls of apps", hostileCalls],
    ["questions that anybody may ask", hostileQuestions],
  ] as const)
    test(`${name}: nothing changes, nothing is a fault of ours, nobody is asked where nobody may`, async () => {
      scene = await openScene(await openDatabase());
      const open = scene;
      expect(await faultsOf(open, inputs(open.facts), (input) => ask(open, input), every)).toEqual([]);
    }, 120_000);
});
