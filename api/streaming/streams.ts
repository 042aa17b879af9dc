import type { App } from "../../server/context.ts";
import type { Say } from "../errors.ts";
import { createRegistry, type Registry } from "./registry.ts";
import { createSockets, type Sockets } from "./sockets.ts";
import { createTeller } from "./tell.ts";

/** Everything about streams in one process. */
export type Streams = {
  readonly registry: Registry;
  readonly sockets: Sockets;
  /** Ends all streams; nobody is told anything any more when it resolves. */
  stop(): Promise<void>;
};

/** Begins to hear what happens; as long as nobody listens, that costs nothing. */
export function createStreams(app: App, say: Say): Streams {
  const registry = createRegistry(app);
  const sockets = createSockets(app, registry, say);
  const teller = createTeller(app, registry);
  const unsubscribe = app.happenings.subscribe(teller.tell);
  return {
    registry,
    sockets,
    async stop() {
      unsubscribe();
      const stopped = sockets.stop();
      await registry.stop();
      await stopped;
      await teller.idle();
    },
  };
}
