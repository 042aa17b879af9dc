// What every answer of the client API has promised: the shape of its route, JSON and nothing else, headers for pages of others.
// client.ts lets each answer that any test of test/api sees pass through here.

import { isDeepStrictEqual } from "node:util";
import type { Endpoint } from "../../api/endpoint.ts";
import { type Route, ROUTES } from "../../api/routes.ts";
import type { TestInstance } from "../support/instance.ts";
import { StrictTypes } from "./strict.ts";

type Fetch = TestInstance["fetch"];

/** The same instance, whose answers to apps are looked at; what is broken is told to `complain` and thrown. */
export function watched(instance: TestInstance, complain: (fault: string) => void): TestInstance {
  const fetch: Fetch = async (request, info) => {
    const { method, url } = request;
    const response = await instance.fetch(request, info);
    await look(method, new URL(url), response.clone());
    return response;
  };
  const deliver: TestInstance["deliver"] = async (request, info) => {
    const answer = await instance.deliver(request, info);
    if (answer !== null && request.method === "GET")
      await look("GET", request.url, new Response(answer.body ?? null, answer));
    return answer;
  };
  const look = async (method: string, url: URL, response: Response): Promise<void> => {
    const { status } = response;
    const fault = await faultOf(method, url, response);
    if (fault === null) return;
    const sentence = `${method} ${url.href} (${status}): ${fault}`;
    complain(sentence);
    throw new Error(sentence);
  };
  return { ...instance, fetch, deliver };
}

/** The row of the table that answers an address. */
export function routeOf(method: string, pathname: string): Route | undefined {
  return ROUTES.find(([its, path]) => its === method && pattern(path).test(pathname));
}

function pattern(path: string): RegExp {
  const steps = path
    .split("/")
    .map((step) => (step.startsWith(":") ? `(?:${/\{(.*)\}$/.exec(step)?.[1] ?? "[^/]+"})` : step));
  return new RegExp(`^${steps.join("/").replaceAll(".", "\\.")}/?$`);
}

/** What is wrong with an answer of this door; null when it keeps its word, or is another door's. */
async function faultOf(method: string, url: URL, response: Response): Promise<string | null> {
  const route = routeOf(method, url.pathname);
  if (route === undefined && !url.pathname.startsWith("/api/")) return null;
  if (method === "OPTIONS" || method === "HEAD") return null;
  const type = response.headers.get("content-type") ?? "";
  if (type.startsWith("text/event-stream")) return null;
  if (response.headers.get("access-control-allow-origin") !== "*") return "pages of others may not read it";
  if (!type.startsWith("application/json")) return `is ${type || "of no type"}, not JSON`;
  if (response.status >= 500 && response.status !== 503) return "something broke on our side";
  const body = (await response.json()) as unknown;
  if (response.status >= 400) return refusalFault(body);
  const link = linkFault(response.headers.get("link"));
  if (link !== null || route === undefined) return link;
  return shapeFault(route, body) ?? strict.answerFault(method, route[1], body);
}

/** masto's own types: an app built on them reads what they say. */
const strict = new StrictTypes();

function refusalFault(body: unknown): string | null {
  const sentence = typeof body === "object" && body !== null ? Reflect.get(body, "error") : null;
  return typeof sentence === "string" && sentence !== "" ? null : 'a refusal without {"error"}';
}

/** toot reads `next` at the beginning alone, masto divides at commas and wants whole addresses. */
function linkFault(link: string | null): string | null {
  const one = String.raw`<https?://[^,<>\s]+>; rel="(?:next|prev)"`;
  if (link === null) return null;
  if (!new RegExp(`^${one}(?:, ${one})?$`).test(link)) return `Link cannot be read: ${link}`;
  return link.indexOf('rel="next"') > link.indexOf('rel="prev"') &&
    link.includes("prev") &&
    link.includes("next")
    ? `Link must begin with next: ${link}`
    : null;
}

function shapeFault([, path, endpoint]: Route, body: unknown): string | null {
  const { returns } = endpoint as unknown as Endpoint;
  const parsed = returns.safeParse(body);
  if (!parsed.success) {
    const issues = parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
    return `not what ${path} promises: ${issues.slice(0, 5).join("; ")}`;
  }
  // Kinds of entities change nothing but leave out what they do not know, so what differs is a field without a promise.
  return isDeepStrictEqual(parsed.data, body)
    ? null
    : `has fields that ${path} does not promise: ${more(body, parsed.data)}`;
}

/** The first field that one thing has and the other has not. */
function more(given: unknown, known: unknown, path = ""): string {
  if (typeof given !== "object" || given === null || typeof known !== "object" || known === null) return path;
  for (const [name, value] of Object.entries(given)) {
    const here = `${path}.${name}`;
    if (!Object.hasOwn(known, name)) return here;
    if (!isDeepStrictEqual(value, Reflect.get(known, name)))
      return more(value, Reflect.get(known, name), here);
  }
  return path;
}
