import { once } from "node:events";
import {
  createServer,
  type IncomingMessage,
  request,
  type Server as HttpServer,
  type ServerResponse,
} from "node:http";
import { buffer } from "node:stream/consumers";
import { onTestFinished } from "vitest";

/** An activity that was posted to an inbox. */
export type Delivery = {
  /** Path of the inbox. */
  readonly inbox: string;
  readonly activityId: string;
  /** The id of its object, embedded or not. */
  readonly objectId: string;
};

/** A server that takes every delivery and knows nobody. */
export type Sink = {
  readonly origin: string;
  /** Those that were answered or are being answered, in the order they came. */
  readonly deliveries: readonly Delivery[];
};

/** Opens a sink. `beforeAnswer` may put the 202 off, `afterAnswer` is called when it was written. */
export async function openSink(
  beforeAnswer: (delivery: Delivery) => Promise<void> | void = () => undefined,
  afterAnswer: (delivery: Delivery) => void = () => undefined,
): Promise<Sink> {
  const deliveries: Delivery[] = [];
  const origin = await open(async (incoming, outgoing) => {
    const delivery = readDelivery(incoming, await buffer(incoming));
    if (delivery === null) return void outgoing.writeHead(404).end();
    deliveries.push(delivery);
    await beforeAnswer(delivery);
    outgoing.writeHead(202).end(() => afterAnswer(delivery));
  });
  return { origin, deliveries };
}

/** What stands in front of a server: everything passes, and each delivery is written down with what was answered. */
export type Front = {
  readonly origin: string;
  /** Answers that the server gave, whether or not the sender ever saw them. */
  readonly answers: readonly (Delivery & { readonly status: number })[];
};

/**
 * Opens a front before a port on this machine. `onForward` is called when a delivery was handed on, `onAnswer` when the
 * server has answered and before the sender knows. When the server breaks off, so does the connection of the sender.
 */
export async function openFront(port: number, on: { onForward(): void; onAnswer(): void }): Promise<Front> {
  const answers: (Delivery & { readonly status: number })[] = [];
  const origin = await open(async (incoming, outgoing) => {
    const body = await buffer(incoming);
    const delivery = readDelivery(incoming, body);
    const { method, url: path, headers } = incoming;
    const onward = request({ host: "127.0.0.1", port, method, path, headers, agent: false });
    onward.end(body, () => {
      if (delivery !== null) on.onForward();
    });
    const answer = await once(onward, "response").then(([response]) => response as IncomingMessage);
    if (delivery !== null) {
      answers.push({ ...delivery, status: answer.statusCode ?? 0 });
      on.onAnswer();
    }
    const answered = await buffer(answer);
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers).end(answered);
  });
  return { origin, answers };
}

async function open(
  answer: (incoming: IncomingMessage, outgoing: ServerResponse) => Promise<void>,
): Promise<string> {
  const server = createServer((incoming, outgoing) => {
    // Whoever we ask is gone: so are we, for whoever asks us.
    answer(incoming, outgoing).catch(() => incoming.socket.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => close(server));
  const address = server.address();
  return `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
}

async function close(server: HttpServer): Promise<void> {
  const closed = once(server, "close");
  server.close();
  server.closeAllConnections();
  await closed;
}

function readDelivery(incoming: IncomingMessage, body: Buffer): Delivery | null {
  if (incoming.method !== "POST" || !(incoming.url ?? "").endsWith("inbox")) return null;
  const { id, object } = JSON.parse(body.toString()) as { id: string; object: string | { id: string } };
  return {
    inbox: incoming.url ?? "",
    activityId: id,
    objectId: typeof object === "string" ? object : object.id,
  };
}
