// What apps read, straight from the connection: the same endpoints as in door.ts without request and response objects, the
// router and the middleware, none of which a plain GET needs.

import type { DeliveryRequest } from "../server/http/inbox-guard.ts";
import type { StraightAnswer } from "../server/http/lane.ts";
import { answerCall, type Tools } from "./call.ts";
import type { AnyEndpoint } from "./endpoint.ts";
import { ROUTES } from "./routes.ts";

/** Answers a GET of the client API; null for what has to go the ordinary way, before anything was done. */
export type ApiLane = (request: DeliveryRequest, peer: string) => Promise<StraightAnswer | null>;

/** Steps of an address; one that is a name stands for anything. */
type Pattern = {
  readonly steps: readonly string[];
  readonly names: readonly (string | null)[];
  readonly endpoint: AnyEndpoint;
};
type Found = { readonly endpoint: AnyEndpoint; readonly named: Readonly<Record<string, string>> };

const NOTHING_NAMED: Readonly<Record<string, string>> = {};

/** Makes the lane. Whether the host is ours and the server is set up has to be known by then. */
export function createApiLane(tools: Tools): ApiLane {
  const find = createFinder();
  return async (request, peer) => {
    const { pathname, search } = request.url;
    const found = find(pathname);
    if (found === null) return null;
    const asked = {
      method: "GET",
      path: pathname,
      query: search.slice(1),
      named: found.named,
      peer,
      header: request.header,
      read: null,
    };
    const { status, headers, body } = await answerCall(tools, asked, found.endpoint);
    if (typeof body !== "string") throw new Error(`What ${pathname} answers is no text.`);
    return { status, headers, body };
  };
}

/**
 * Finds what answers a GET: of several patterns the first in the table, like everywhere. Addresses with encoded characters are
 * left to the router, and so is what does not end (streams, whose tokens may stand in the address).
 */
export function createFinder(): (pathname: string) => Found | null {
  const whole = new Map<string, Found>();
  const patterns = new Map<string, Pattern[]>();
  for (const [method, path, endpoint] of ROUTES) {
    if (method !== "GET" || !path.startsWith("/api/") || isEndless(endpoint)) continue;
    const pattern = patternOf(path, endpoint);
    // What could not be found by its key is left to the router.
    if (pattern.names.slice(0, KEYED).some((name) => name !== null)) continue;
    const key = keyOf(pattern.steps);
    const others = patterns.get(key) ?? [];
    // A whole address is found without a look at the patterns before it: none of these may be meant by it.
    if (pattern.names.every((name) => name === null) && match(others, pattern.steps) === null)
      whole.set(path, { endpoint, named: NOTHING_NAMED });
    patterns.set(key, [...others, pattern]);
  }
  return (pathname) => {
    if (pathname.includes("%")) return null;
    const path = pathname.endsWith("/") ? pathname.slice(0, -1) : pathname;
    const known = whole.get(path);
    if (known !== undefined) return known;
    const steps = path.split("/");
    return match(patterns.get(keyOf(steps)) ?? [], steps);
  };
}

function isEndless(endpoint: AnyEndpoint): boolean {
  return endpoint.queryToken === true;
}

function patternOf(path: string, endpoint: AnyEndpoint): Pattern {
  const steps = path.split("/");
  return { steps, names: steps.map((step) => (step.startsWith(":") ? step.slice(1) : null)), endpoint };
}

/** Steps that an address is looked up by: `/api/v1/accounts` has four, and none of ours has a name among them. */
const KEYED = 4;

function keyOf(steps: readonly string[]): string {
  return `${steps.length} ${steps.slice(0, KEYED).join("/")}`;
}

function match(patterns: readonly Pattern[], asked: readonly string[]): Found | null {
  for (const { steps, names, endpoint } of patterns) {
    const fits = asked.every((step, index) => {
      const isNamed = typeof names[index] === "string";
      return isNamed ? step !== "" : step === steps[index];
    });
    if (!fits) continue;
    const named = names.flatMap((name, index) => (name === null ? [] : [[name, asked[index] ?? ""]]));
    return { endpoint, named: Object.fromEntries(named) as Readonly<Record<string, string>> };
  }
  return null;
}
