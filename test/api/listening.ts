// Listeners of tests: a WebSocket or an event stream whose frames can be waited for.

import { expect, onTestFinished } from "vitest";
import { WebSocket } from "ws";
import type { Served } from "./client.ts";
import { StrictTypes } from "./strict.ts";

/** What came over a stream. */
export type Heard = {
  readonly stream?: readonly string[] | undefined;
  readonly event?: string | undefined;
  readonly payload?: string | undefined;
  readonly error?: string | undefined;
  readonly status?: number | undefined;
};

/** An open WebSocket with everything that came so far. */
export type Ear = {
  readonly socket: WebSocket;
  readonly heard: Heard[];
  /** Resolves with the first frame that fits, also one that came before. */
  hears(fits: (frame: Heard) => boolean): Promise<Heard>;
  /** Sends an order. */
  order(order: unknown): void;
  /** The code with which it ended. */
  readonly ended: Promise<number>;
};

const PATIENCE_MS = 10_000;
/** masto's own types: what streams carry is held against them, as every answer is. */
const strict = new StrictTypes();

/** What masto finds wrong with a frame; null for nothing, and for what is no event. */
function strictFault({ event, payload }: Heard): string | null {
  if (event === undefined) return null;
  const isId = event === "delete" || event === "announcement.delete";
  return strict.eventFault(event, isId || payload === undefined ? payload : JSON.parse(payload));
}

/** Opens a WebSocket; the token goes as a subprotocol unless the address or a header names one. */
export async function openEar(
  { origin }: Pick<Served, "origin">,
  query: string,
  options: {
    readonly token?: string;
    readonly headers?: Readonly<Record<string, string>>;
  } = {},
): Promise<Ear> {
  const address = `${origin.replace(/^http/, "ws")}/api/v1/streaming${query}`;
  const socket = new WebSocket(address, options.token === undefined ? [] : [options.token], {
    headers: { ...options.headers },
  });
  onTestFinished(() => socket.terminate());
  const heard: Heard[] = [];
  const faults: string[] = [];
  onTestFinished(() => expect(faults).toEqual([]));
  const waiting = new Set<() => void>();
  socket.on("message", (data: Buffer) => {
    const frame = JSON.parse(data.toString("utf8")) as Heard;
    heard.push(frame);
    const fault = strictFault(frame);
    if (fault !== null) faults.push(`${frame.event}: ${fault}`);
    for (const look of waiting) look();
  });
  const ended = new Promise<number>((closed) => socket.once("close", (code: number) => closed(code)));
  await new Promise<void>((opened, failed) => {
    socket.once("open", () => opened());
    socket.once("unexpected-response", (_request: unknown, response: { readonly statusCode?: number }) =>
      failed(new Error(`refused with ${response.statusCode}`)),
    );
    socket.once("error", failed);
  });
  socket.on("error", () => undefined);
  return {
    socket,
    heard,
    ended,
    order: (order) => socket.send(typeof order === "string" ? order : JSON.stringify(order)),
    hears: (fits) =>
      new Promise((found, failed) => {
        const timer = setTimeout(
          () => failed(new Error(`Not heard; heard was ${JSON.stringify(heard).slice(0, 500)}`)),
          PATIENCE_MS,
        );
        const look = () => {
          const frame = heard.find(fits);
          if (frame === undefined) return;
          clearTimeout(timer);
          waiting.delete(look);
          found(frame);
        };
        waiting.add(look);
        look();
      }),
  };
}

/** Reads an event stream into its text; `hears` resolves when the text holds something. */
export async function readEvents(
  { origin }: Pick<Served, "origin">,
  path: string,
  headers: Readonly<Record<string, string>> = {},
) {
  const ending = new AbortController();
  onTestFinished(() => ending.abort());
  const response = await fetch(new URL(path, origin), { headers, signal: ending.signal });
  let text = "";
  let over = false;
  const waiting = new Set<() => void>();
  void (async () => {
    const decoder = new TextDecoder();
    try {
      for await (const chunk of response.body ?? []) {
        text += decoder.decode(chunk as Uint8Array, { stream: true });
        for (const look of waiting) look();
      }
    } catch {
      // Aborted with the test, or cut by the server.
    }
    over = true;
    for (const look of waiting) look();
  })();
  const until = (fits: () => boolean) =>
    new Promise<string>((found, failed) => {
      const timer = setTimeout(() => failed(new Error(`Not heard; heard was ${text}`)), PATIENCE_MS);
      const look = () => {
        if (!fits()) return;
        clearTimeout(timer);
        waiting.delete(look);
        found(text);
      };
      waiting.add(look);
      look();
    });
  return {
    status: response.status,
    headers: response.headers,
    hears: (wanted: string) => until(() => text.includes(wanted)),
    ends: () => until(() => over),
  };
}
