import type { Connection, Ending, Frame, Outlet, Registry } from "./registry.ts";
import type { TokenHolder } from "../../server/services/clients/tokens.ts";
import type { Wanted } from "./channels.ts";

/** What a client may leave unread before its connection is cut, bytes. */
export const MOST_UNREAD = 1024 * 1024;
/** Proxies end connections that are silent for a minute. */
export const HEARTBEAT_MS = 20_000;

export const EVENT_HEADERS: Readonly<Record<string, string>> = {
  "Content-Type": "text/event-stream; charset=utf-8",
  "Cache-Control": "private, no-store",
  // Proxies that gather answers before they pass them on (nginx).
  "X-Accel-Buffering": "no",
};

/**
 * Opens a stream of server-sent events (HTML standard, 9.2) of one channel.
 * @throws invalid, unauthenticated, forbidden, not_found, too_many, unavailable
 */
export async function openEvents(
  registry: Registry,
  who: { readonly holder: TokenHolder | null; readonly ip: string },
  wanted: Wanted,
): Promise<ReadableStream<Uint8Array>> {
  const writer = createWriter();
  const connection = registry.open(who.holder, who.ip, writer.outlet);
  try {
    await connection.subscribe(wanted);
  } catch (error) {
    connection.close();
    throw error;
  }
  return writer.begin(connection);
}

function createWriter(): {
  readonly outlet: Outlet;
  begin(connection: Connection): ReadableStream<Uint8Array>;
} {
  const encoder = new TextEncoder();
  let controller: ReadableStreamDefaultController<Uint8Array> | null = null;
  let connection: Connection | null = null;
  let timer: NodeJS.Timeout | null = null;
  let ended = false;
  const finish = () => {
    ended = true;
    if (timer !== null) clearInterval(timer);
    connection?.close();
  };
  const write = (text: string) => {
    if (ended || controller === null) return;
    if ((controller.desiredSize ?? 0) > 0) return controller.enqueue(encoder.encode(text));
    finish();
    controller.error(new Error("The reader is too slow."));
  };
  const outlet: Outlet = {
    send: (frame) => write(toEvent(frame)),
    end: (_why: Ending) => {
      if (ended) return;
      finish();
      controller?.close();
    },
  };
  return {
    outlet,
    begin(opened) {
      connection = opened;
      return new ReadableStream<Uint8Array>(
        {
          start(given) {
            controller = given;
            if (ended) return given.close();
            write(":)\n\n");
            timer = setInterval(() => write(":thump\n\n"), HEARTBEAT_MS);
            timer.unref();
          },
          cancel: finish,
        },
        new ByteLengthQueuingStrategy({ highWaterMark: MOST_UNREAD }),
      );
    },
  };
}

function toEvent({ event, payload }: Frame): string {
  const lines = (payload ?? "").split("\n").map((line) => `data: ${line}\n`);
  return `event: ${event}\n${lines.join("")}\n`;
}
