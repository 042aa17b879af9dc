import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import { DOMAIN_LIST_LIMITS, type DraftState } from "../../domain/domain-draft.ts";
import { CausewayError, invalid, type Message, notFound } from "../../errors.ts";
import { fromJson, toJson } from "../../store/codec.ts";
import { type Tx, transaction } from "../../store/database.ts";
import {
  type DraftRow,
  draftsBySource,
  moveDrafts,
  putDrafts,
  removeDrafts,
} from "../../store/domain-drafts.ts";
import {
  findSubscription,
  insertSubscription,
  listSubscriptionRows,
  removeSubscription,
  type SubscriptionRow,
  updateSubscription,
} from "../../store/domain-subscriptions.ts";
import { enqueue } from "../../store/jobs.ts";
import { requireAdministrator, requireModerator } from "../administration/roles.ts";
import { audit } from "./audit.ts";
import { draftRows, sourceKey } from "./domains-drafts.ts";
import { type ReadLine, readDomainFile } from "./domains-tables.ts";

const DUE_MS = 86_400_000;
const MOST = 20;
const TIMEOUT_MS = 20_000;

/** A list that is subscribed to. Times in ms; `fault`: why it could not be read when it was last asked for. */
export type ListView = {
  readonly id: number;
  readonly url: string;
  readonly name: string;
  readonly entries: number;
  readonly checkedAt: number | null;
  readonly fault: Message | null;
};

/** Lists that are subscribed to, oldest first. @throws forbidden below moderator */
export async function listSubscriptions(app: App, viewer: Viewer | null): Promise<readonly ListView[]> {
  if (viewer !== null) requireModerator(viewer);
  return (await listSubscriptionRows(app.db)).map((row) => ({
    id: row.id,
    url: row.url,
    name: row.name,
    entries: row.entries,
    checkedAt: row.checked_at,
    fault: fromJson<Message | null>(row.fault, null),
  }));
}

/**
 * Subscribes to a table of rules at an address. It is asked for once a day, and what it says becomes drafts: it never acts by
 * itself. Returns its number. @throws forbidden below admin, invalid `{ url }`, conflict, too_many
 */
export async function subscribeToList(
  app: App,
  by: Viewer | null,
  command: { readonly url: string; readonly name?: string | undefined },
): Promise<number> {
  if (by !== null) requireAdministrator(by);
  const url = addressOf(command.url);
  const typed = (command.name ?? "").replace(/\p{Cc}+/gu, " ").trim();
  const name = typed === "" ? new URL(url).host : [...typed].slice(0, 100).join("");
  const id = app.ids.next();
  const now = app.clock.now();
  await transaction(app.db, async (tx) => {
    if ((await listSubscriptionRows(tx)).length >= MOST)
      throw new CausewayError("invalid", "error.domain_lists_full", { params: { max: MOST } });
    const empty = { etag: null, entries: 0, fault: null, created_at: now, checked_at: null };
    if (!(await insertSubscription(tx, { id, url, name, ...empty })))
      throw new CausewayError("conflict", "error.conflict");
    await audit(app, tx, by, { what: "domain-list.subscribed", subject: shortened(url) });
    await enqueueReading(app, tx, id);
  });
  app.wake();
  return id;
}

/** An address without its query, in which there may be a key. */
function shortened(url: string): string {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}

/** @throws invalid `{ url }` */
function addressOf(text: string): string {
  const typed = text.trim();
  const url = typed.length <= 2_000 && URL.canParse(typed) ? new URL(typed) : null;
  if (url === null || url.protocol !== "https:" || url.username !== "" || url.password !== "")
    throw invalid({ url: { key: "field.list_address" } });
  url.hash = "";
  return url.href;
}

/** Asks for a list again, soon. @throws forbidden below admin, not_found */
export async function requestReading(app: App, by: Viewer | null, id: number): Promise<void> {
  if (by !== null) requireAdministrator(by);
  if ((await findSubscription(app.db, id)) === undefined) throw notFound();
  await transaction(app.db, (tx) => enqueueReading(app, tx, id));
  app.wake();
}

async function enqueueReading(app: App, tx: Tx, id: number): Promise<void> {
  await enqueue(tx, {
    id: app.ids.next(),
    now: app.clock.now(),
    kind: "domain-list",
    payload: { listId: id },
    dedupeKey: `domain-list:${id}`,
    lane: 1,
  });
}

/** Ends a subscription; its drafts go, rules that came of it stay. @throws forbidden below admin, not_found */
export async function unsubscribeFromList(app: App, by: Viewer | null, id: number): Promise<void> {
  if (by !== null) requireAdministrator(by);
  await transaction(app.db, async (tx) => {
    const row = await findSubscription(tx, id);
    if (row === undefined || !(await removeSubscription(tx, id))) throw notFound();
    await removeDrafts(tx, sourceKey({ kind: "list", id }), null);
    await audit(app, tx, by, { what: "domain-list.ended", subject: shortened(row.url) });
  });
}

/** Asks for every list that was not asked for within the last day. One that does not answer holds up no other. */
export async function readDueLists(app: App): Promise<void> {
  const before = app.clock.now() - DUE_MS;
  for (const row of await listSubscriptionRows(app.db))
    if (row.checked_at === null || row.checked_at <= before) await readList(app, row.id);
}

/** Asks for a list and makes drafts of what is new in it, or gone from it; the job behind `domain-list`. */
export async function readList(app: App, id: number): Promise<void> {
  const row = await findSubscription(app.db, id);
  if (row === undefined) return;
  const answer = await askFor(app, row);
  const at = { checked_at: app.clock.now() };
  if (answer.state === "same") return await updateSubscription(app.db, id, { ...at, fault: null });
  if (answer.state === "fault")
    // Without the old tag the whole list comes again once it is mended.
    return await updateSubscription(app.db, id, { ...at, etag: null, fault: toJson(answer.fault) });
  await transaction(app.db, async (tx) => {
    if ((await findSubscription(tx, id)) === undefined) return;
    await compareList(app, tx, id, answer.lines);
    const entries = answer.lines.filter(({ fault }) => fault === null).length;
    await updateSubscription(tx, id, { ...at, fault: null, etag: answer.etag, entries });
  });
}

type Answer =
  | { readonly state: "same" }
  | { readonly state: "fault"; readonly fault: Message }
  | { readonly state: "read"; readonly lines: readonly ReadLine[]; readonly etag: string | null };

const ETAG = /^(?:W\/)?"[\x21\x23-\x7e]{0,200}"$/;

async function askFor(app: App, { url, etag }: SubscriptionRow): Promise<Answer> {
  const fault = (key: string, params: Message["params"] = {}): Answer => ({
    state: "fault",
    fault: { key, params },
  });
  const request = {
    url,
    headers: {
      accept: "text/csv, text/plain;q=0.9",
      ...(etag === null ? {} : { "if-none-match": etag }),
    },
    maxBytes: DOMAIN_LIST_LIMITS.bytes,
    timeoutMs: TIMEOUT_MS,
  };
  const response = await app.http.fetch(request).catch((error: unknown) => {
    const kind = error instanceof Error && "kind" in error ? error.kind : null;
    return kind === "refused" || kind === "too_large" ? kind : "silent";
  });
  if (typeof response === "string") return fault(`domains.list_${response}`);
  if (response.status === 304 && etag !== null) return { state: "same" };
  if (response.status !== 200) return fault("domains.list_status", { status: response.status });
  if (/html/i.test(response.headers.get("content-type") ?? "")) return fault("domains.list_page");
  try {
    const lines = await readDomainFile(app, response.body);
    const tag = response.headers.get("etag") ?? "";
    return { state: "read", lines, etag: ETAG.test(tag) ? tag : null };
  } catch (error) {
    if (!(error instanceof CausewayError)) throw error;
    return { state: "fault", fault: error.fields["file"] ?? { key: "domains.list_page" } };
  }
}

/**
 * What the list says now beside what it said before. What was decided about a line stays decided while the line stays as it
 * is; a line that is gone takes its draft along, and where it was applied, becomes a draft to lift the rule.
 */
async function compareList(app: App, tx: Tx, id: number, lines: readonly ReadLine[]): Promise<void> {
  const source = { kind: "list", id } as const;
  const key = sourceKey(source);
  await removeDrafts(tx, key, ["unfit"]);
  const before = await draftsBySource(tx, key);
  const named = new Set(lines.map(({ domain }) => domain));
  const fresh = lines.filter((line) => {
    const row = before.get(line.domain);
    return row === undefined || !isKept(row, line);
  });
  await putDrafts(tx, await draftRows(app, tx, source, fresh));
  const gone = [...before.values()].filter((row) => !named.has(row.host) && row.severity !== "lifted");
  const inState = (...states: readonly DraftState[]) =>
    gone.filter((row) => states.some((one) => one === row.state));
  const waiting = inState("waiting").map((row) => row.id);
  await moveDrafts(tx, key, { from: ["waiting"], to: "retracted", ids: waiting, at: app.clock.now() });
  await removeDrafts(
    tx,
    key,
    null,
    inState("refused", "undone", "same").map((row) => row.host),
  );
  await putDrafts(
    tx,
    inState("applied").map((row) => ({
      ...row,
      id: app.ids.next(),
      severity: "lifted",
      state: "waiting",
      created_at: app.clock.now(),
    })),
  );
}

/** True for a line that says what it said, unless it comes back after it was gone. */
function isKept(row: DraftRow, line: ReadLine): boolean {
  if (line.fault !== null || row.state === "retracted") return false;
  const { rule } = line;
  return (
    row.severity === rule.severity &&
    (row.reject_media === 1) === rule.rejectMedia &&
    (row.reject_reports === 1) === rule.rejectReports &&
    (row.obfuscated === 1) === rule.obfuscated &&
    row.public_comment === rule.publicComment
  );
}
