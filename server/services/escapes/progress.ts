import type { App } from "../../context.ts";
import { parseHandle } from "../../domain/actor.ts";
import { asId } from "../../domain/ids.ts";
import { UNABLE_REASONS, type UnableReason } from "../../domain/move-forms.ts";
import { findActorByHandle } from "../../store/actors.ts";
import {
  countArrived,
  countEscapes,
  type EscapeCounts,
  findMemberOfActor,
  listServers,
  type ServerLine,
  type Told,
} from "../../store/escapes.ts";
import { findOldHome, type OldHome } from "./notices.ts";

const SHOWN = 200;

/** A server that cannot follow, or would not: why, and how many people there followed. */
export type LostServer = {
  readonly host: string;
  readonly software: string | null;
  readonly followers: number;
  readonly reason: UnableReason | "refused";
};

/** How far the telling is, for everybody to see. */
export type LaunchProgress = EscapeCounts & {
  /** People of other servers who follow by now. */
  readonly arrived: number;
  /** Servers that answered nothing yet, at most 200. */
  readonly waitingServers: readonly { readonly host: string; readonly followers: number }[];
  /** Servers that cannot follow, at most 200. */
  readonly lostServers: readonly LostServer[];
};

/** How far the telling about a whole community, or about one member, is. */
export async function getProgress(app: App, told: Told): Promise<LaunchProgress> {
  const counts = await countEscapes(app.db, told);
  const servers = await listServers(app.db, told, SHOWN);
  return {
    ...counts,
    arrived: await countArrived(app.db, told),
    waitingServers: servers.filter(isWaiting).map(({ host, expected }) => ({ host, followers: expected })),
    lostServers: servers.filter((one) => one.answered === 0 && !isWaiting(one)).map(toLost),
  };
}

function isWaiting({ told, answered, refused, unable }: ServerLine): boolean {
  return answered + refused + unable < told;
}

function toLost({ host, software, expected, fault }: ServerLine): LostServer {
  const reason = UNABLE_REASONS.find((one) => one === fault) ?? "refused";
  return { host, software, followers: expected, reason };
}

/** Somebody who came from a lost server, for the page that shows how far their followers are; null for everybody else. */
export async function findArrival(
  app: App,
  handle: string,
): Promise<{ readonly username: string; readonly old: OldHome; readonly progress: LaunchProgress } | null> {
  const name = parseHandle(handle)?.username.toLowerCase() ?? "";
  const actor = name === "" ? undefined : await findActorByHandle(app.db, name, "");
  if (actor === undefined || actor.deleted_at !== null || actor.suspended_at !== null) return null;
  const old = await findOldHome(app, asId(actor.id));
  if (old === null) return null;
  const member = await findMemberOfActor(app.db, actor.id);
  const progress = await getProgress(app, { memberId: member?.id ?? actor.id });
  return { username: actor.username, old, progress };
}
