import type { KeyObject } from "node:crypto";
import { EscapeKit } from "../../domain/lifeboat.ts";
import type { RecordOf, SegmentRecord } from "../../domain/standby.ts";
import { sameOrigin } from "../../domain/uris.ts";
import { fromDidKey } from "../../lifeboat/did-key.ts";
import { didOfStatement } from "../../lifeboat/identity.ts";
import { isProvedBy } from "../../lifeboat/proofs.ts";

// PURE: whether a home may say what its segment says. Signature and order of the segment were checked before.

type Json = Readonly<Record<string, unknown>>;

/** What is known of the home's members: who they are, and with which keys they prove what they wrote. */
export type KnownMembers = Map<string, { readonly profile: Json }>;

const PUBLIC = "https://www.w3.org/ns/activitystreams#Public";
const ACTOR_TYPES: ReadonlySet<unknown> = new Set(["Person", "Service", "Group", "Organization"]);

/**
 * Checks the records of a segment in their order; `known` grows by the members that they bring. Returns what is wrong with
 * the first bad one in a sentence, or null.
 */
export function recordsFault(
  home: string,
  records: readonly SegmentRecord[],
  known: KnownMembers,
  ourUris: ReadonlyMap<string, string>,
): string | null {
  for (const record of records) {
    const fault = recordFault(home, record, known, ourUris);
    if (fault !== null) return fault;
  }
  return null;
}

function recordFault(
  home: string,
  record: SegmentRecord,
  known: KnownMembers,
  ourUris: ReadonlyMap<string, string>,
): string | null {
  if (record.kind === "roster")
    return record.actors.every((uri) => isOf(home, uri)) ? null : "The list names people of another server.";
  if (record.kind === "member") {
    const fault = memberFault(home, record);
    if (fault === null) known.set(String(record.actor["id"]), { profile: record.actor });
    return fault;
  }
  if (!isOf(home, record.actor)) return "There is a record about somebody of another server.";
  if (record.kind === "left") {
    known.delete(record.actor);
    return null;
  }
  const member = known.get(record.actor);
  if (member === undefined) return "There is a record about somebody who does not take part.";
  if ("object" in record && !isOf(home, record.object)) return "There is an object of another server.";
  if (record.kind === "note") return noteFault(record, member.profile);
  if (record.kind === "kit") return kitFault(record, ourUris.get(record.actor));
  return null;
}

function isOf(home: string, uri: string): boolean {
  return sameOrigin(home, uri);
}

function memberFault(home: string, { actor, handle, statement }: RecordOf<"member">): string | null {
  const id = actor["id"];
  if (typeof id !== "string" || id.length > 2_048 || !isOf(home, id))
    return "An actor is of another server than the one that sent it.";
  if (!ACTOR_TYPES.has(actor["type"])) return "An actor is none.";
  const name = actor["preferredUsername"];
  if (typeof name !== "string" || !handle.startsWith(`${name}@`)) return "A handle is not that of its actor.";
  if (!/^[^@\s/]{1,60}@[^@\s/]{1,255}$/.test(handle)) return "A handle is none.";
  if (proofKeysOf(actor).length === 0) return "An actor has no key to prove its notes with.";
  if (statement !== null && didOfStatement(statement, id) === null)
    return "A statement of identity proves nothing.";
  return null;
}

/** The Ed25519 keys by which an actor proves what it wrote (FEP-521a). */
function proofKeysOf(actor: Json): readonly { readonly id: string; readonly key: KeyObject }[] {
  const listed = actor["assertionMethod"];
  const methods: readonly unknown[] = Array.isArray(listed) ? listed : [listed];
  return methods.slice(0, 8).flatMap((method) => {
    if (!isJson(method)) return [];
    const { id, publicKeyMultibase } = method;
    if (typeof id !== "string" || typeof publicKeyMultibase !== "string") return [];
    const key = fromDidKey(`did:key:${publicKeyMultibase}`);
    return key === null ? [] : [{ id, key }];
  });
}

function noteFault({ actor, object, activity }: RecordOf<"note">, profile: Json): string | null {
  const note = activity["object"];
  if (activity["type"] !== "Create" || activity["actor"] !== actor || !isJson(note))
    return "A note is not in the Create of its author.";
  if (note["id"] !== object || note["attributedTo"] !== actor) return "A note is somebody else's.";
  const readers = [note["to"], note["cc"]].flat();
  if (!readers.includes(PUBLIC)) return "A note that is not for everybody came unsealed.";
  const isProved = proofKeysOf(profile).some(({ id, key }) => isProvedBy(activity, id, key));
  return isProved ? null : "A note is not proved by its author's key.";
}

function kitFault({ actor, kit }: RecordOf<"kit">, ourUri: string | undefined): string | null {
  const parsed = EscapeKit.safeParse(kit);
  if (!parsed.success || parsed.data.old !== actor) return "A kit is not that of its member.";
  const isForUs = parsed.data.homes.some((one) => one.new === ourUri);
  return isForUs ? null : "A kit leads to another place than to the account that is kept here.";
}

function isJson(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
