import type { App } from "../../context.ts";
import { findActorByUri } from "../../store/actors.ts";
import { transaction } from "../../store/database.ts";
import { listActorsOfInbox, listFollowed } from "../../store/follower-marks.ts";
import { removeFollow } from "../../store/follows.ts";
import { enqueue } from "../../store/jobs.ts";
import { getValue, setValue } from "../../store/kv.ts";

/** An inbox may be away for a moment; one that is not found this often is asked for at its actor. */
const NOT_FOUND_OFTEN = 3;
const DAY = 86_400_000;
const COUNTED_MS = 30 * DAY;
const BATCH = 500;

/**
 * A delivery was answered with 410, or with 404: after some of the latter as after one of the former, the actor whose own
 * inbox it is is read again, and it is the actor's document that decides. Shared inboxes are nobody's own.
 */
export async function noteInboxGone(app: App, inbox: string, status: number): Promise<void> {
  const actors = await listActorsOfInbox(app.db, inbox);
  if (actors.length === 0) return;
  const now = app.clock.now();
  if (status === 404) {
    const key = ["inbox-not-found", inbox] as const;
    const before = await getValue(app.db, key, now);
    const times = (typeof before === "number" ? before : 0) + 1;
    await setValue(app.db, key, times, now, COUNTED_MS);
    if (times < NOT_FOUND_OFTEN) return;
  }
  for (const { uri } of actors)
    await enqueue(app.db, {
      id: app.ids.next(),
      now,
      kind: "refresh-actor",
      payload: { actorUri: uri, inboxGone: true },
      dedupeKey: `refresh ${uri}`,
    });
  app.wake();
}

/** An actor is not found any more, neither its document nor its inbox: its follows of people here end. */
export async function pruneFollows(app: App, actorUri: string): Promise<void> {
  const actor = await findActorByUri(app.db, actorUri);
  if (actor === undefined || actor.host === "") return;
  for (;;) {
    const targets = await listFollowed(app.db, actor.id, BATCH);
    await transaction(app.db, async (tx) => {
      for (const target of targets) await removeFollow(tx, actor.id, target);
    });
    if (targets.length < BATCH) return;
  }
}
