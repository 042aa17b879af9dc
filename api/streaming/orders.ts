import type { RawData, WebSocket } from "ws";
import { z } from "zod";
import type { Message } from "../../server/errors.ts";
import { check, refuse } from "../errors.ts";
import { word } from "../kinds.ts";
import { storable } from "../params.ts";
import type { Connection } from "./registry.ts";

/** Frames that cannot be carried out before the connection is ended. */
const MOST_FAULTS = 10;
/** Orders of one connection that wait for each other at most: clients subscribe to a handful of streams at once. */
const MOST_WAITING = 60;

const Order = z.object({
  type: z.enum(["subscribe", "unsubscribe"]),
  stream: z.string().max(100),
  tag: word,
  list: word,
});

/** Does what a client asks for over its WebSocket: to listen to something, or no more. Faults are told in a frame. */
export function followOrders(ws: WebSocket, connection: Connection, say: (message: Message) => string): void {
  let faults = 0;
  let waiting = 0;
  let before: Promise<void> = Promise.resolve();
  const carryOut = async (data: RawData, isBinary: boolean) => {
    try {
      const { type, ...wanted } = readOrder(data, isBinary);
      if (type === "subscribe") await connection.subscribe(wanted);
      else connection.unsubscribe(wanted);
    } catch (error) {
      const { status, body } = refuse(error, say, { method: "WS", path: "streaming" });
      if (ws.readyState === ws.OPEN) ws.send(JSON.stringify({ ...body, status }));
      if (++faults >= MOST_FAULTS) ws.close(1008);
    } finally {
      waiting--;
    }
  };
  ws.on("message", (data, isBinary) => {
    if (++waiting > MOST_WAITING) return ws.close(1008);
    before = before.then(() => carryOut(data, isBinary));
  });
}

/** @throws invalid */
function readOrder(data: RawData, isBinary: boolean): z.infer<typeof Order> {
  const bytes = Array.isArray(data) ? Buffer.concat(data) : data;
  const text = isBinary ? "" : storable(Buffer.from(bytes as Buffer).toString("utf8"));
  return check(Order, asObject(text));
}

function asObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === "object" && parsed !== null && !Array.isArray(parsed))
      return parsed as Readonly<Record<string, unknown>>;
  } catch {
    return {};
  }
  return {};
}
