import type { App } from "../../context.ts";
import { type ActorId, asId } from "../../domain/ids.ts";
import { notFound } from "../../errors.ts";
import { findActorByHandle, findActorById, insertActor, updateActor } from "../../store/actors.ts";
import { flag, fromJson, toJson } from "../../store/codec.ts";
import type { Db } from "../../store/database.ts";
import { insertKey, type KeyRow } from "../../store/keys.ts";
import { findMember, listRecords, type MemberRow, updateMember } from "../../store/standby-replicas.ts";
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
  const id = asId<ActorId>(member.actor_id);
  const there = await findActorById(tx, id);
  const isDone = member.state === "launched" && there !== undefined;
  if (isDone) return id;
  const columns = await profileColumns(tx, member);
  if (there === undefined) await insertActor(tx, { ...(await newRow(app, tx, member, id)), ...columns });
  else await updateActor(tx, id, columns);
  for (const key of fromJson<readonly KeyRow[]>(member.keys, [])) await insertKey(tx, key);
  await updateMember(tx, memberId, {
    state: "launched",
    launched_at: member.launched_at ?? app.clock.now(),
    // They are in `keys` now, and nowhere else.
    keys: null,
  });
  return id;
}

/** The name was kept since the member agreed; a row that was restored from elsewhere may have lost it. */
async function newRow(app: App, tx: Db, member: MemberRow, id: ActorId) {
  const kept = member.username;
  const isFree = kept !== null && (await findActorByHandle(tx, kept, "")) === undefined;
  const username = isFree ? kept : await freeName(tx, kept ?? member.handle.split("@")[0] ?? "");
  if (username !== kept) await updateMember(tx, member.id, { username });
  return emptyActor(app, id, username);
}

async function profileColumns(tx: Db, member: MemberRow) {
  const profile = fromJson<Json>(member.profile, {});
  const text = (name: string): string => {
    const value = profile[name];
    return typeof value === "string" ? value : "";
  };
  const pictures = await picturesOf(tx, member, profile);
  return {
    kind: profile["type"] === "Service" ? "Service" : "Person",
    name: cleanName(text("name"), NAME_MAX),
    bio_html: sanitizeRemoteHtml(text("summary")),
    fields: toJson(fieldsOf(profile)),
    locked: flag(profile["manuallyApprovesFollowers"] === true),
    discoverable: flag(profile["discoverable"] === true),
    indexable: flag(profile["indexable"] === true),
    also_known_as: toJson([member.actor_uri]),
    ...pictures,
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

async function picturesOf(tx: Db, member: MemberRow, profile: Json) {
  const files = await listMediaOf(tx, member.agreement_id, [member.actor_uri]);
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
