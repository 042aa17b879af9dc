import type { App } from "../../context.ts";
import { type ActorId, asId } from "../../domain/ids.ts";
import { notFound } from "../../errors.ts";
import { findActors, updateActor } from "../../store/actors.ts";
import { flag, fromJson, toJson } from "../../store/codec.ts";
import type { Db } from "../../store/database.ts";
import type { KeyRow } from "../../store/keys.ts";
import {
  type ComingRow,
  insertActors,
  insertKeys,
  listTakenNames,
  markLaunched,
} from "../../store/launches.ts";
import { findMember, listRecords, updateMember } from "../../store/standby-replicas.ts";
import { listMediaOf, type MediaRow } from "../../store/standby-media.ts";
import { cleanName } from "../../text/entities.ts";
import { sanitizeRemoteHtml } from "../../text/sanitize.ts";
import { emptyActor } from "../actors/actor-rows.ts";
import { freeName } from "./members.ts";

type Json = Readonly<Record<string, unknown>>;

const NAME_MAX = 120;
const FIELDS_MAX = 16;

/**
 * Makes the account that waited for a member be there, in the caller's transaction: found by name, with the keys that were
 * made for it, its profile as the home last sent it, and the old actor among its aliases, without which no sealed Move is
 * worth anything. Doing it again changes nothing. @throws not_found
 */
export async function activateMember(app: App, tx: Db, memberId: number): Promise<ActorId> {
  const member = await findMember(tx, memberId);
  if (member === undefined || member.actor_id === null) throw notFound();
  await activateMembers(app, tx, [member]);
  return asId<ActorId>(member.actor_id);
}

/** The same for several, with as many statements; those for whom no account waits are passed over. */
export async function activateMembers(app: App, tx: Db, members: readonly ComingRow[]): Promise<void> {
  const waiting = members.flatMap((member) =>
    member.actor_id === null ? [] : [{ member, id: asId<ActorId>(member.actor_id) }],
  );
  const known = await findActors(
    tx,
    waiting.map(({ id }) => id),
  );
  const there = new Set<number>(known.map(({ id }) => id));
  const open = waiting.filter(({ member, id }) => member.state !== "launched" || !there.has(id));
  const fresh = open.filter(({ id }) => !there.has(id));
  const taken = await listTakenNames(
    tx,
    fresh.flatMap(({ member }) => member.username ?? []),
  );
  const columns = await profilesOf(
    tx,
    open.map(({ member }) => member),
  );
  const rows = [];
  for (const { member, id } of fresh)
    rows.push({ ...(await newRow(app, tx, { member, id, taken })), ...columns.get(member.id) });
  await insertActors(tx, rows);
  // Whoever is there and not launched was brought back from a backup: seldom, and few.
  for (const { member, id } of open)
    if (there.has(id)) await updateActor(tx, id, columns.get(member.id) ?? {});
  await insertKeys(
    tx,
    open.flatMap(({ member }) => fromJson<readonly KeyRow[]>(member.keys, [])),
  );
  await markLaunched(
    tx,
    open.map(({ member }) => member.id),
    app.clock.now(),
  );
}

/** The name was kept since the member agreed; a row that was restored from elsewhere may have lost it. */
async function newRow(
  app: App,
  tx: Db,
  of: { readonly member: ComingRow; readonly id: ActorId; readonly taken: ReadonlySet<string> },
) {
  const { member, id, taken } = of;
  const kept = member.username;
  const isFree = kept !== null && !taken.has(kept);
  const username = isFree ? kept : await freeName(tx, kept ?? member.handle.split("@")[0] ?? "");
  if (username !== kept) await updateMember(tx, member.id, { username });
  return emptyActor(app, id, username);
}

/** By the ids of members. */
async function profilesOf(tx: Db, members: readonly ComingRow[]) {
  const columns = new Map<number, ReturnType<typeof profileColumns>>();
  for (const [agreementId, some] of Map.groupBy(members, (member) => member.agreement_id)) {
    const uris = some.map((member) => member.actor_uri);
    const files = Map.groupBy(await listMediaOf(tx, agreementId, uris), (file) => file.object_uri);
    for (const member of some)
      columns.set(member.id, profileColumns(member, files.get(member.actor_uri) ?? []));
  }
  return columns;
}

function profileColumns(member: ComingRow, files: readonly MediaRow[]) {
  const profile = fromJson<Json>(member.profile, {});
  const text = (name: string): string => {
    const value = profile[name];
    return typeof value === "string" ? value : "";
  };
  return {
    kind: profile["type"] === "Service" ? "Service" : "Person",
    name: cleanName(text("name"), NAME_MAX),
    bio_html: sanitizeRemoteHtml(text("summary")),
    fields: toJson(fieldsOf(profile)),
    locked: flag(profile["manuallyApprovesFollowers"] === true),
    discoverable: flag(profile["discoverable"] === true),
    indexable: flag(profile["indexable"] === true),
    also_known_as: toJson([member.actor_uri]),
    ...picturesOf(profile, files),
  };
}

/** A line of the profile is verified anew: a link back to the old home proves nothing of the new one. */
function fieldsOf(profile: Json) {
  const list: readonly unknown[] = Array.isArray(profile["attachment"]) ? profile["attachment"] : [];
  return list
    .filter((one): one is Json => typeof one === "object" && one !== null)
    .filter((one) => one["type"] === "PropertyValue")
    .slice(0, FIELDS_MAX)
    .map((one) => ({
      name: cleanName(String(one["name"] ?? ""), NAME_MAX),
      valueHtml: sanitizeRemoteHtml(String(one["value"] ?? "")),
      verifiedAt: null,
    }));
}

function picturesOf(profile: Json, files: readonly MediaRow[]) {
  const fileOf = (name: "icon" | "image"): string | null => {
    const picture = profile[name];
    const url =
      typeof picture === "object" && picture !== null ? (picture as { readonly url?: unknown }).url : null;
    const path = typeof url === "string" && URL.canParse(url) ? new URL(url).pathname : null;
    return files.find((one) => one.path === path)?.file ?? null;
  };
  return { avatar: fileOf("icon"), header: fileOf("image") };
}

/** A note that is kept of a member. */
export type ReplicaRecord = {
  readonly uri: string;
  /** `public`: the Create with its proof. `sealed`: the same, encrypted with age to the member's recipient (base64). */
  readonly content:
    { readonly type: "public"; readonly activity: Json } | { readonly type: "sealed"; readonly age: string };
  /** Files that are here; `file` is the name in the file store. */
  readonly media: readonly {
    readonly sha256: string;
    readonly file: string;
    readonly mediaType: string;
    readonly size: number;
    /** Its path at the home, as the note names it. */
    readonly path: string | null;
  }[];
};

const PAGE = 100;

/** Everything that is kept of a member, a page at a time in the order of uris: public notes, then sealed ones. @throws not_found */
export async function* listReplica(app: App, memberId: number): AsyncGenerator<ReplicaRecord> {
  const member = await findMember(app.db, memberId);
  if (member === undefined) throw notFound();
  const { agreement_id: agreementId, actor_uri: actorUri } = member;
  for (const kind of ["public", "sealed"])
    for (let after = ""; ;) {
      const rows = await listRecords(app.db, { agreementId, actorUri, kind }, { after, limit: PAGE });
      const uris = rows.map((row) => row.object_uri);
      const files = Map.groupBy(await listMediaOf(app.db, agreementId, uris), (row) => row.object_uri);
      for (const { object_uri: uri, body } of rows)
        yield {
          uri,
          content:
            kind === "sealed"
              ? { type: "sealed", age: body ?? "" }
              : { type: "public", activity: fromJson<Json>(body, {}) },
          media: (files.get(uri) ?? []).flatMap(mediaOf),
        };
      const last = rows.at(-1);
      if (last === undefined || rows.length < PAGE) break;
      after = last.object_uri;
    }
}

function mediaOf({ hash, file, media_type: mediaType, size, path }: MediaRow): ReplicaRecord["media"] {
  return file === null ? [] : [{ sha256: hash, file, mediaType, size, path }];
}
