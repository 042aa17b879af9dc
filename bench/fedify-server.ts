import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createFederation, InProcessMessageQueue, MemoryKvStore } from "@fedify/fedify";
import { Create, Person } from "@fedify/vocab";
import { getRequestListener } from "@hono/node-server";

// The library by itself, as its manual sets it up: inboxes with a queue, everything in memory, nothing kept. A measure of
// what verifying costs without work of ours. Started by bench/inbox.ts.

const federation = createFederation<undefined>({
  kv: new MemoryKvStore(),
  queue: new InProcessMessageQueue(),
  allowPrivateAddress: true,
});
let handled = 0;
federation.setActorDispatcher("/users/{identifier}", (context, identifier) =>
  identifier === "alice"
    ? new Person({
        id: context.getActorUri(identifier),
        preferredUsername: identifier,
        inbox: context.getInboxUri(identifier),
      })
    : null,
);
federation.setInboxListeners("/users/{identifier}/inbox", "/inbox").on(Create, () => {
  handled++;
});

const listener = getRequestListener((request) => federation.fetch(request, { contextData: undefined }), {
  overrideGlobalObjects: false,
});
const server = createServer((incoming, outgoing) => void listener(incoming, outgoing));
server.listen(0, "127.0.0.1", () => process.send?.({ port: (server.address() as AddressInfo).port }));
process.on("message", () => {
  const { user, system } = process.cpuUsage();
  process.send?.({ cpuMs: (user + system) / 1000, rssMb: process.memoryUsage().rss / 1_048_576, handled });
});
process.once("disconnect", () => process.exit(0));
