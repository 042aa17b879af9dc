// Apps beside an instance on loopback: tokens, plain requests, and the client libraries that real apps are built of.

import { createRestAPIClient, type mastodon } from "masto";
import generator, { type MegalodonInterface } from "megalodon";
import { onTestFinished } from "vitest";
import { findFreePort, listen } from "../../server/ops/listen.ts";
import { createToken } from "../../server/services/operations/operations.ts";
import {
  aMember,
  createInstance,
  type InstanceOptions,
  type Member,
  type TestInstance,
} from "../support/instance.ts";
import { watched } from "./contract.ts";
import { strictly } from "./strict-megalodon.ts";

/** A whole instance that answers on a port, since client libraries open connections themselves. */
export type Served = { readonly instance: TestInstance; readonly origin: string };

/** Everything that the usual app asks to be allowed. */
export const USUAL_SCOPES = ["read", "write", "follow", "push", "profile"] as const;

/** Starts an instance on loopback; it ends with the test. */
export async function serve(options: InstanceOptions = {}): Promise<Served> {
  const served = await open(options);
  onTestFinished(served.close);
  return served;
}

/**
 * Starts an instance that outlives a test: `close` it in `afterAll`. Every answer of the API is held against what its route
 * promises (contract.ts); `close` throws when one was not.
 */
export async function open(
  options: InstanceOptions = {},
): Promise<Served & { readonly close: () => Promise<void> }> {
  const port = await findFreePort();
  const host = `127.0.0.1:${port}`;
  const faults: string[] = [];
  const created = await createInstance({
    ...options,
    host,
    environment: { CAUSEWAY_ORIGIN: `http://${host}`, ...options.environment },
  });
  const instance = watched(created, (fault) => faults.push(fault));
  const listener = await listen(
    { host: "127.0.0.1", port },
    (request, info) => instance.fetch(request, info),
    instance.deliver,
    instance.sockets,
  );
  const close = async (): Promise<void> => {
    await listener.stop(0);
    await instance.close();
    if (faults.length > 0) throw new Error(`Answers that break their promise:\n${faults.join("\n")}`);
  };
  return { instance, origin: `http://${host}`, close };
}

/** A token of a member. */
export async function tokenOf(
  { instance }: Pick<Served, "instance">,
  username: string,
  scopes: readonly string[] = USUAL_SCOPES,
): Promise<string> {
  const { token } = await createToken(instance.app, { username, scopes, name: "test" });
  return token;
}

/** A member with an app in their hand. */
export type Person = Member & {
  readonly token: string;
  readonly masto: mastodon.rest.Client;
  readonly megalodon: MegalodonInterface;
  /** A request as the app would send it; `body` is sent as JSON. */
  ask(
    method: string,
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Asked>;
};

export type Asked = { readonly status: number; readonly headers: Headers; readonly json: unknown };

/** Makes a member who is signed in with an app. */
export async function aPerson(
  served: Served,
  username: string,
  options: { readonly role?: "member" | "moderator" | "admin"; readonly scopes?: readonly string[] } = {},
): Promise<Person> {
  const { scopes, ...rest } = options;
  const member = await aMember(served.instance, username, rest as Parameters<typeof aMember>[2]);
  const token = await tokenOf(served, username, scopes ?? USUAL_SCOPES);
  return {
    ...member,
    token,
    masto: createRestAPIClient({ url: served.origin, accessToken: token }),
    megalodon: strictly(generator("mastodon", served.origin, token)),
    ask: (method, path, body, headers) => ask(served, method, path, { token, body, headers }),
  };
}

/** A request without any library. */
export async function ask(
  { instance, origin }: Served,
  method: string,
  path: string,
  options: {
    readonly token?: string | undefined;
    readonly body?: unknown;
    readonly headers?: Readonly<Record<string, string>> | undefined;
  } = {},
): Promise<Asked> {
  const { token, body, headers } = options;
  const isRaw = body instanceof FormData || body instanceof URLSearchParams || typeof body === "string";
  const response = await instance.fetch(
    new Request(new URL(path, origin), {
      method,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined || isRaw ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: isRaw ? body : JSON.stringify(body) }),
    }),
    { ip: "203.0.113.9" },
  );
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    json: text === "" ? null : (JSON.parse(text) as unknown),
  };
}
