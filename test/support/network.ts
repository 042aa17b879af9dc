import type { Http, HttpRequest, HttpResponse } from "../../server/context.ts";
import type { Instance } from "../../server/app.ts";

/** What a host answers: an instance, or anything a test puts there. */
export type Answer = (request: Request) => Promise<Response>;

/** A fediverse in memory: requests between instances are routed by host, nothing leaves the process. */
export type Network = {
  /** The way out for an instance; the receiving side sees `ip` as its peer. */
  http(ip?: string): Http;
  /** Puts a host on the network. */
  join(host: string, answer: Answer): void;
  /** Takes a host off the network: connections to it fail from now on. */
  leave(host: string): void;
  /** Every request that went over the wire, oldest first. */
  readonly log: {
    readonly method: string;
    readonly url: string;
    readonly status: number;
    readonly body: string;
  }[];
};

/** An empty network. */
export function createNetwork(): Network {
  const hosts = new Map<string, Answer>();
  const log: Network["log"] = [];
  const once = async (
    request: HttpRequest,
    url: string,
    headers: Record<string, string>,
  ): Promise<Response> => {
    const answer = hosts.get(new URL(url).host);
    if (answer === undefined) throw new Error(`Nobody answers at ${new URL(url).host}.`);
    const body = typeof request.body === "string" ? new TextEncoder().encode(request.body) : request.body;
    const init: RequestInit = { method: request.method ?? "GET", headers };
    if (body !== undefined) init.body = new Uint8Array(body);
    const response = await answer(new Request(url, init));
    log.push({
      method: request.method ?? "GET",
      url,
      status: response.status,
      body: body === undefined ? "" : new TextDecoder().decode(body),
    });
    return response;
  };
  return {
    log,
    join: (host, answer) => void hosts.set(host, answer),
    leave: (host) => void hosts.delete(host),
    http: () => ({
      async post(request) {
        const response = await once({ ...request, method: "POST" }, request.url, { ...request.headers });
        return { status: response.status, retryAfter: response.headers.get("retry-after") };
      },
      async stream(request) {
        const response = await once(request, request.url, { ...request.headers });
        return {
          status: response.status,
          headers: response.headers,
          body: response.body ?? new Blob([]).stream(),
        };
      },
      async fetch(request) {
        let url = request.url;
        let headers = { ...request.headers };
        for (let hop = 0; ; hop++) {
          const response = await once(request, url, headers);
          const location = response.headers.get("location");
          const redirects = response.status >= 300 && response.status < 400 && location !== null;
          if (!redirects || request.method === "POST" || hop >= (request.maxRedirects ?? 3))
            return await toAnswer(response, url);
          url = new URL(location, url).href;
          headers = { ...headers, ...(await request.onRedirect?.(url)) };
        }
      },
    }),
  };
}

async function toAnswer(response: Response, url: string): Promise<HttpResponse> {
  return {
    status: response.status,
    url,
    headers: response.headers,
    body: new Uint8Array(await response.arrayBuffer()),
  };
}

/** Runs the jobs of all instances until no one has anything left to do; fails at the first unexpected fault. */
export async function drain(...instances: readonly Instance[]): Promise<void> {
  await drainAll(instances, true);
}

/** The same for tests in which jobs are meant to fail and be tried again later. */
export async function drainWithFaults(...instances: readonly Instance[]): Promise<void> {
  await drainAll(instances, false);
}

async function drainAll(instances: readonly Instance[], failFast: boolean): Promise<void> {
  for (let round = 0; round < 50; round++) {
    let ran = 0;
    for (const instance of instances) ran += await instance.worker.drain({ failFast });
    if (ran === 0) return;
  }
  throw new Error("The instances keep giving each other work.");
}
