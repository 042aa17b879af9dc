import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import { type ActorId, asId } from "../../domain/ids.ts";
import type { Page, PageRequest } from "../../domain/note.ts";
import { invalid } from "../../errors.ts";
import { lockAccount } from "../../store/accounts.ts";
import { type Db, transaction } from "../../store/database.ts";
import { findFollow } from "../../store/follows.ts";
import {
  countHiddenHosts,
  insertHiddenHost,
  listHiddenHostRows,
  listTiesWithHost,
  removeHiddenHost,
} from "../../store/hidden-hosts.ts";
import { cursorOf } from "../../store/page.ts";
import { canonicalDomain } from "../moderation/domains.ts";
import { toPage } from "../pages.ts";
import { dropFollow, rejectRow } from "./follows.ts";

/** Servers that one person may hide. */
const MAX_HOSTS = 1_000;
/** Follows that end in one transaction. */
const BATCH = 100;

/** A server of which a person wants to see nothing; `at` in ms. */
export type HiddenHost = { readonly host: string; readonly at: number };

/** Servers that the person hides, the last hidden first; up to 200 on a page. */
export async function listHiddenHosts(
  app: App,
  viewer: Viewer,
  request: PageRequest,
): Promise<Page<HiddenHost>> {
  const cursor = cursorOf(request, 40, 200);
  const rows = await listHiddenHostRows(app.db, viewer.actorId, cursor);
  return await toPage(rows, cursor, (found) =>
    Promise.resolve(found.map((row) => ({ host: row.host, at: row.created_at }))),
  );
}

/**
 * Hides a whole server from the person: its people are in no timeline and no notification any more, and follows end both
 * ways, which their servers are told. Nobody learns why. Idempotent. @throws invalid `{ domain }`
 */
export async function hideHost(app: App, viewer: Viewer, domain: string): Promise<void> {
  const host = canonicalDomain(app, domain);
  await transaction(app.db, async (tx) => {
    await lockAccount(tx, viewer.accountId);
    const row = {
      id: app.ids.next(),
      actor_id: viewer.actorId,
      host,
      created_at: app.clock.now(),
    };
    if (!(await insertHiddenHost(tx, row))) return;
    if ((await countHiddenHosts(tx, viewer.actorId)) > MAX_HOSTS)
      throw invalid({ domain: { key: "field.too_many_domains", params: { max: MAX_HOSTS } } });
  });
  // New follows are refused from here on, so this ends.
  for (;;) {
    const ended = await transaction(app.db, (tx) => endTies(app, tx, viewer, host));
    if (ended === 0) break;
  }
  app.wake();
}

/** Shows a server to the person again. Follows do not come back by themselves. Idempotent. @throws invalid `{ domain }` */
export async function showHost(app: App, viewer: Viewer, domain: string): Promise<void> {
  await removeHiddenHost(app.db, viewer.actorId, canonicalDomain(app, domain));
}

async function endTies(app: App, tx: Db, viewer: Viewer, host: string): Promise<number> {
  const ids = await listTiesWithHost(tx, viewer.actorId, host, BATCH);
  for (const id of ids.map((one) => asId<ActorId>(one))) {
    await dropFollow(app, tx, viewer.actorId, id);
    const back = await findFollow(tx, id, viewer.actorId);
    if (back !== undefined) await rejectRow(app, tx, back);
  }
  return ids.length;
}
