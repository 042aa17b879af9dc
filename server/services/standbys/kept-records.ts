import type { App } from "../../context.ts";
import { DID_WAIT_MS, type SegmentRecord } from "../../domain/standby.ts";
import { didOfStatement } from "../../lifeboat/identity.ts";
import { toJson } from "../../store/codec.ts";
import type { Db } from "../../store/database.ts";
import {
  findMembersByUri,
  listMembers,
  type MemberRow,
  memberSize,
  ownerOfRecord,
  putRecord,
  removeMember,
  removeRecord,
  updateMember,
} from "../../store/standby-replicas.ts";
import { putMedia, removeMediaUses } from "../../store/standby-media.ts";
import type { AgreementRow } from "../../store/standbys.ts";
import { addMember } from "./members.ts";

// What a record of a checked segment changes, inside the transaction that takes the segment.

/** By how many bytes more is kept, and names of files that are nobody's now. */
export type Room = { bytes: number; files: string[] };

/** Keeps what a record says. Whoever was launched is spoken of no more. */
export async function keepRecord(
  app: App,
  tx: Db,
  row: AgreementRow,
  record: SegmentRecord,
  room: Room,
): Promise<void> {
  if (record.kind === "roster") return await keepRoster(tx, row, record.actors, room);
  const actorUri = record.kind === "member" ? String(record.actor["id"]) : record.actor;
  const [member] = await findMembersByUri(tx, row.id, [actorUri]);
  // Whoever was launched belongs to themselves: the home that is lost says nothing about them any more.
  if (member !== undefined && member.state !== "hidden") return;
  const of = { agreementId: row.id, actorUri };
  switch (record.kind) {
    case "member":
      return await keepMember(app, tx, row, member, record, room);
    case "note":
      room.bytes += await keepBody(tx, row, record, "public", toJson(record.activity));
      return free(room, await removeMediaUses(tx, { ...of, objectUri: record.object, except: record.media }));
    case "sealed":
      room.bytes += await keepBody(tx, row, record, "sealed", record.age);
      return free(room, await removeMediaUses(tx, { ...of, objectUri: record.object, except: record.media }));
    case "gone":
      room.bytes -= await removeRecord(tx, { ...of, objectUri: record.object });
      return free(room, await removeMediaUses(tx, { ...of, objectUri: record.object }));
    case "media":
      room.bytes += await putMedia(tx, {
        ...of,
        objectUri: record.object,
        hash: record.sha256,
        mediaType: record.mediaType,
        size: record.size,
        path: record.path,
      });
      return;
    case "kit":
      if (member !== undefined)
        room.bytes += await change(tx, member, { kit: toJson(record.kit), sealed_at: sealedAt(record.kit) });
      return;
    case "followers":
      if (member !== undefined)
        room.bytes += await change(tx, member, { followers: toJson(followersOf(record)) });
      return;
    case "left":
      if (member !== undefined) free(room, await removeMember(tx, member));
      return;
    default:
      record satisfies never;
  }
}

/** Changes what is known of a member. Returns by how many bytes more is kept. */
async function change(tx: Db, member: MemberRow, to: Partial<Omit<MemberRow, "id">>): Promise<number> {
  await updateMember(tx, member.id, to);
  return memberSize({ ...member, ...to }) - memberSize(member);
}

function free(room: Room, gone: { readonly bytes: number; readonly files: readonly string[] }): void {
  room.bytes -= gone.bytes;
  room.files.push(...gone.files);
}

function followersOf({ salt, hashes }: Extract<SegmentRecord, { kind: "followers" }>) {
  return { salt, hashes };
}

function sealedAt(kit: Readonly<Record<string, unknown>>): number {
  return Date.parse(String(kit["sealedAt"]));
}

/** Keeps what a member wrote. What is another member's already stays so: nobody overwrites what others wrote. */
async function keepBody(
  tx: Db,
  row: AgreementRow,
  record: { readonly actor: string; readonly object: string },
  kind: "public" | "sealed",
  body: string,
): Promise<number> {
  const owner = await ownerOfRecord(tx, row.id, record.object);
  if (owner !== null && owner !== record.actor) return 0;
  return await putRecord(tx, {
    agreement_id: row.id,
    object_uri: record.object,
    actor_uri: record.actor,
    kind,
    body,
    seq: row.seq,
    size: Buffer.byteLength(body),
  });
}

async function keepMember(
  app: App,
  tx: Db,
  row: AgreementRow,
  member: MemberRow | undefined,
  record: Extract<SegmentRecord, { readonly kind: "member" }>,
  room: Room,
): Promise<void> {
  const actorUri = String(record.actor["id"]);
  const did = record.statement === null ? null : didOfStatement(record.statement, actorUri);
  const facts = {
    handle: credibleHandle(row.partner, record.handle),
    profile: toJson(record.actor),
    updated_at: app.clock.now(),
  };
  if (member === undefined) {
    room.bytes += Buffer.byteLength(facts.profile);
    return await addMember(app, tx, row.id, {
      ...facts,
      actor_uri: actorUri,
      did,
      recipient: record.recipient,
      name: String(record.actor["preferredUsername"]),
    });
  }
  const of = { agreementId: row.id, actorUri, objectUri: actorUri, except: record.media };
  free(room, await removeMediaUses(tx, of));
  room.bytes += await change(tx, member, {
    ...facts,
    recipient: record.recipient,
    ...didColumns(app, member, did),
  });
}

/** A home may name its people by its own host or the one above it; with any other name they get its host. */
function credibleHandle(home: string, handle: string): string {
  const { host } = new URL(home);
  const [name = "", named = ""] = handle.split("@");
  const isAbove = named.includes(".") && host.endsWith(`.${named}`);
  return named === host || isAbove ? handle : `${name}@${host}`;
}

/**
 * The did:key is who the person is here: it opens their account. Another one counts only after a week, so that whoever
 * takes a home over cannot become its people.
 */
function didColumns(app: App, member: MemberRow, did: string | null) {
  const now = app.clock.now();
  if (did === null || did === member.did) return { did_next: null, did_next_at: null };
  if (member.did === null) return { did, did_next: null, did_next_at: null };
  if (member.did_next !== did) return { did_next: did, did_next_at: now };
  const isOld = now - (member.did_next_at ?? now) >= DID_WAIT_MS;
  return isOld ? { did, did_next: null, did_next_at: null } : {};
}

/** Who is not named takes part no more. */
async function keepRoster(tx: Db, row: AgreementRow, actors: readonly string[], room: Room): Promise<void> {
  const named = new Set(actors);
  for (let after = ""; ;) {
    const page = await listMembers(tx, row.id, { after, limit: 500 });
    for (const member of page)
      if (!named.has(member.actor_uri) && member.state === "hidden")
        free(room, await removeMember(tx, { ...member, agreement_id: row.id }));
    const last = page.at(-1);
    if (last === undefined || page.length < 500) return;
    after = last.actor_uri;
  }
}
