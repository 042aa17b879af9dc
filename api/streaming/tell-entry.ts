import type { App } from "../../server/context.ts";
import type { Viewer } from "../../server/domain/actor.ts";
import type { FilterContext } from "../../server/domain/filter.ts";
import type { EntryView } from "../../server/domain/note.ts";
import {
  drawHearing,
  type EntryFacts,
  findHearing,
  type Hearing,
} from "../../server/services/streams/readers.ts";
import { noteSeenFrom } from "../../server/services/moderation/withheld-here.ts";
import { toTimelineStatus } from "../serialize/status.ts";
import type { Channel, Subscription } from "./channels.ts";
import type { Connection, Registry } from "./registry.ts";

type Target = {
  readonly connection: Connection;
  readonly subscription: Subscription;
  readonly viewer: Viewer | null;
};

/** Tells of a note or a boost that is new or was changed, to whoever has it in one of their channels and may see it. */
export async function tellEntry(
  app: App,
  registry: Registry,
  entryId: number,
  event: "update" | "status.update",
): Promise<void> {
  const hearing = await findHearing(app, entryId, registry.viewers(), registry.listIds());
  if (hearing === null) return;
  const targets = targetsOf(registry, hearing);
  if (targets.length === 0) return;
  const viewers = new Map(
    targets.flatMap(({ viewer }) => (viewer === null ? [] : [[viewer.accountId, viewer]])),
  );
  const drawing = await drawHearing(app, hearing, [...viewers.values()]);
  const payloadOf = rememberPayloads(app);
  for (const { connection, subscription, viewer } of targets) {
    const context = contextOf(subscription.channel);
    const view = viewer === null ? drawing.open : await drawing.for(viewer, context);
    if (view === null) continue;
    const seen = seenFrom(view, connection.country);
    const payload = payloadOf(seen, viewer !== null);
    connection.outlet.send({ stream: subscription.names, event, payload });
  }
}

function targetsOf(registry: Registry, hearing: Hearing): readonly Target[] {
  return [...registry.listeners()].flatMap((connection) => {
    const viewer = connection.holder?.viewer ?? null;
    const reader = viewer === null ? null : (hearing.readers.get(viewer.actorId) ?? null);
    if (viewer === null ? !hearing.isOpen : reader === null) return [];
    return [...connection.subscriptions.values()]
      .filter(({ channel }) => {
        if (channel.kind === "user") return reader?.home === 1;
        if (channel.kind === "list") return reader !== null && hearing.lists.has(channel.listId);
        if (hearing.facts.isApart && !knowsAuthor(hearing, viewer)) return false;
        return standsIn(hearing.facts, channel);
      })
      .map((subscription) => ({ connection, subscription, viewer }));
  });
}

function knowsAuthor({ entry, readers }: Hearing, viewer: Viewer | null): boolean {
  if (viewer === null) return false;
  return entry.author_id === Number(viewer.actorId) || readers.get(viewer.actorId)?.follows === 1;
}

/** What stands in the timelines that are the same for everybody, as these are read page by page. */
function standsIn(facts: EntryFacts, channel: Channel): boolean {
  if (!facts.isPublic || facts.isBoost) return false;
  if (channel.kind === "hashtag")
    return facts.tags.includes(channel.tag) && (facts.isLocal || !channel.localOnly);
  if (channel.kind !== "public" || facts.isReply || (channel.mediaOnly && !facts.hasMedia)) return false;
  return channel.from === "all" || (channel.from === "local") === facts.isLocal;
}

function contextOf({ kind }: Channel): FilterContext {
  return kind === "user" || kind === "list" ? "home" : "public";
}

/** The same view for everybody from whom nothing of it is withheld. */
function seenFrom(view: EntryView, country: string | null): EntryView {
  const note = noteSeenFrom(view.note, country);
  return note === view.note ? view : { ...view, note };
}

/** Views that are the same for several readers are written once. */
function rememberPayloads(app: App): (view: EntryView, isSignedIn: boolean) => string {
  const known = new Map<EntryView, Map<boolean, string>>();
  return (view, isSignedIn) => {
    const ofView = known.get(view) ?? new Map<boolean, string>();
    known.set(view, ofView);
    const payload =
      ofView.get(isSignedIn) ??
      JSON.stringify(toTimelineStatus({ origin: app.config.origin, isSignedIn }, view));
    ofView.set(isSignedIn, payload);
    return payload;
  };
}
