import type { App } from "../../context.ts";
import { afterCommit } from "../../store/database.ts";

/** How to forget what was last told of a server, by app, so that two instances in one process share nothing. */
const forgetting = new WeakMap<App, () => void>();

/** Names what is to be done when this process changes what the server says of itself; once for each app. */
export function whenInstanceChanges(app: App, forget: () => void): void {
  forgetting.set(app, forget);
}

/** After a change of what this server says of itself: the next who asks is told of it, once it is committed. */
export function forgetInstance(app: App): void {
  afterCommit(() => forgetting.get(app)?.());
}
