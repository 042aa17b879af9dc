// Room for large forms: they are held in memory while they come, and whoever has no account could send many at once.
// Imported by forms.ts.

import type { App } from "../server/context.ts";
import { CausewayError } from "../server/errors.ts";

/** Large forms that come in at the same time; visitors have no use for them but an expired session. */
const AT_ONCE = { visitors: 4, members: 24 } as const;
const RETRY_SECONDS = 10;

type Room = Record<keyof typeof AT_ONCE, number>;

/** By app, so that two instances in one process share nothing. */
const rooms = new WeakMap<App, Room>();

/** Does something that holds a large form in memory, when there is room for one more. @throws unavailable */
export async function withRoom<T>(app: App, who: keyof typeof AT_ONCE, work: () => Promise<T>): Promise<T> {
  const room = rooms.get(app) ?? { visitors: 0, members: 0 };
  rooms.set(app, room);
  if (room[who] >= AT_ONCE[who])
    throw new CausewayError("unavailable", "error.unavailable", { retryAfterSeconds: RETRY_SECONDS });
  room[who] += 1;
  try {
    return await work();
  } finally {
    room[who] -= 1;
  }
}
