import { getLogger } from "@logtape/logtape";
import {
  AGAIN_SECONDS,
  type AdmissionLimits,
  createAdmission,
  type Guest,
  seemsSignedIn,
} from "../http/admission.ts";
import type { StraightAnswer } from "../http/lane.ts";
import { type Delay, watchDelay } from "./delay.ts";
import { knownFault } from "../services/operations/storage-faults.ts";
import { CausewayError, type Message } from "../errors.ts";

/** A message in the first language of `Accept-Language` that we speak. */
type Say = (message: Message, acceptLanguage: string | null) => string;

/** Turns people and servers away early when more come than can be served (http/admission.ts), in words they understand. */
export type Overload = {
  /** Answers through `go`, or says when to come again. */
  fetch(request: Request, go: () => Promise<Response>): Promise<Response>;
  /** The same for what comes straight from the connection; what throws there becomes a status. */
  deliver(
    request: { readonly method: string; header(name: string): string | null },
    go: () => Promise<StraightAnswer | null>,
  ): Promise<StraightAnswer | null>;
  /** Begins to look how late this process is. */
  start(): void;
  stop(): void;
};

const INBOX = /^\/(?:users\/\d+\/)?inbox$/;
/** Never turned away: they tell how the machine is, or cost nothing. */
const FREE = /^\/(?:livez|readyz|metrics|static\/)/;

/** `limits`: for tests; the usual ones stand in http/admission.ts. */
export function createOverload(say: Say, limits?: AdmissionLimits): Overload {
  let delay: Delay | null = null;
  const admission = createAdmission(() => delay?.now() ?? 0, limits);
  const enter = (guest: Guest) => {
    const leave = admission.enter(guest);
    if (leave === null) getLogger(["causeway", "http"]).debug("turned away: {guest}", { guest });
    return leave;
  };
  return {
    fetch: async (request, go) => {
      const { pathname } = new URL(request.url);
      if (FREE.test(pathname)) return await go();
      const isDelivery = request.method === "POST" && INBOX.test(pathname);
      const guest = isDelivery ? "delivery" : guestOf((name) => request.headers.get(name));
      const leave = enter(guest);
      if (leave === null) return turnAway(request, guest, say);
      try {
        return await go();
      } finally {
        leave();
      }
    },
    deliver: async (request, go) => {
      const guest = request.method === "POST" ? "delivery" : guestOf((name) => request.header(name));
      const leave = enter(guest);
      if (leave === null)
        return guest === "delivery" ? bare(503, AGAIN_SECONDS.delivery) : inJson(request, guest, say);
      try {
        return await go();
      } catch (error) {
        const known = knownFault(error);
        if (!(known instanceof CausewayError) || known.kind !== "unavailable") throw error;
        return bare(503, known.retryAfterSeconds ?? AGAIN_SECONDS.delivery);
      } finally {
        leave();
      }
    },
    start: () => {
      delay ??= watchDelay();
    },
    stop: () => {
      delay?.stop();
      delay = null;
    },
  };
}

function guestOf(header: (name: string) => string | null): Guest {
  return seemsSignedIn(header) ? "member" : "visitor";
}

function bare(status: number, seconds: number): StraightAnswer {
  return { status, headers: { "retry-after": String(seconds) } };
}

function inJson(
  request: { header(name: string): string | null },
  guest: Guest,
  say: Say,
): StraightAnswer & { readonly body: string } {
  return {
    status: 503,
    headers: {
      "retry-after": String(AGAIN_SECONDS[guest]),
      "content-type": "application/json; charset=utf-8",
      "access-control-allow-origin": "*",
    },
    body: JSON.stringify({ error: say({ key: "error.overloaded" }, request.header("accept-language")) }),
  };
}

/** A page of one sentence that tries again by itself: nothing is asked of the database, and nothing typed is taken. */
function turnAway(request: Request, guest: Guest, say: Say): Response {
  const header = (name: string) => request.headers.get(name);
  const seconds = String(AGAIN_SECONDS[guest]);
  const fixed = { "Retry-After": seconds, "Cache-Control": "no-store" };
  if (!(header("accept") ?? "").includes("text/html")) {
    const { body, headers } = inJson({ header }, guest, say);
    return new Response(body, { status: 503, headers: { ...fixed, ...headers } });
  }
  const text = say({ key: "error.overloaded" }, header("accept-language"));
  // A form that was sent is sent again by the browser's own question, so only what was asked for comes by itself.
  const refresh = request.method === "GET" ? { Refresh: seconds } : {};
  return new Response(
    `<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>503</title><p dir="auto">${text}</p>`,
    {
      status: 503,
      headers: {
        ...fixed,
        ...refresh,
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": "default-src 'none'",
        "X-Content-Type-Options": "nosniff",
      },
    },
  );
}
