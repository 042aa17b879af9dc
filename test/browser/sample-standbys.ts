import type { Viewer } from "../../server/domain/actor.ts";
import { isoTime } from "../../server/context.ts";
import { keysOfPhrase, newPhrase } from "../../server/lifeboat/phrase.ts";
import { setAsksNewcomers } from "../../server/services/standbys/consents.ts";
import { toJson } from "../../server/store/codec.ts";
import { aMember, type TestInstance } from "../support/instance.ts";

export type Standbys = {
  /** Of the standby agreement that is in force, at its home. */
  readonly agreementId: number;
  /** Pages of communities: nothing is decided; one trustee signed; the waiting time runs; members arrive. */
  readonly communities: Readonly<Record<"calm" | "asked" | "waiting" | "running", string>>;
  /** The phrases of two trustees of each; it takes both. */
  readonly trustees: readonly [string, string];
};

const HOUR = 3_600_000;

type Role = "home" | "standby";
type Agreement = { readonly id: number; readonly uri: string; readonly origin: string };

/** Agreements both ways and in every state, ada's consent and kit, and what trustees decided. */
export async function fillStandbys(instance: TestInstance, ada: Viewer): Promise<Standbys> {
  const { app } = instance;
  const trustees = [newPhrase(), newPhrase()] as const;
  const dids = await Promise.all([...trustees, newPhrase()].map(didOf));
  const add = async (role: Role, host: string, state: string, more: Parameters<typeof agreement>[2] = {}) =>
    await agreement(instance, { role, host, state, dids }, more);
  const mole = await add("home", "mole.example", "agreed");
  await add("home", "jetty.example", "offered");
  await add("home", "sandbank.example", "ended");
  await add("standby", "lagoon.example", "asked");
  const calm = await add("standby", "calm.example", "agreed", { bytes: 1_300_000_000 });
  const asked = await add("standby", "delta.example", "agreed", { bytes: 840_000_000 });
  const waiting = await add("standby", "marsh.example", "agreed", { fault: "full", bytes: 53_000_000_000 });
  const running = await add("standby", "old-harbour.example", "agreed");
  await consent(instance, ada, mole);
  await decide(instance, asked, { state: "asked", approvals: 1 });
  const now = app.clock.now();
  await decide(instance, waiting, { state: "waiting", approvals: 2, begins_at: now + 5 * HOUR });
  await decide(instance, calm, { state: "stopped", approvals: 2, finished_at: now - HOUR });
  const evacuation = await decide(instance, running, {
    state: "running",
    approvals: 2,
    begins_at: now - 2 * HOUR,
  });
  await arrive(instance, running, evacuation);
  await setAsksNewcomers(app, true);
  const path = ({ uri }: Agreement) => `/lifeboat/${uri.replace("urn:uuid:", "")}`;
  return {
    agreementId: mole.id,
    communities: {
      calm: path(calm),
      asked: path(asked),
      waiting: path(waiting),
      running: path(running),
    },
    trustees,
  };
}

async function didOf(phrase: string): Promise<string> {
  const keys = await keysOfPhrase(phrase);
  if (keys === null) throw new Error("A new phrase is one.");
  return keys.did;
}

async function agreement(
  { app }: TestInstance,
  made: {
    readonly role: Role;
    readonly host: string;
    readonly state: string;
    readonly dids: readonly string[];
  },
  more: { readonly bytes?: number; readonly fault?: string },
): Promise<Agreement> {
  const id = app.ids.next();
  const uri = `urn:uuid:00000000-0000-4000-8000-${String(id).slice(-12).padStart(12, "0")}`;
  const now = app.clock.now();
  const [here, there] = [app.config.origin, `https://${made.host}`];
  const [home, standby] = made.role === "home" ? [here, there] : [there, here];
  const wasAgreed = made.state === "agreed" || made.state === "ended";
  const document = {
    type: "StandbyAgreement",
    v: 1,
    id: uri,
    home,
    homeActor: `${home}/users/1`,
    standby,
    standbyActor: `${standby}/users/1`,
    since: isoTime(now),
    scope: ["public", "followers"],
    maxBytes: 53_687_091_200,
    trustees: made.dids,
    threshold: 2,
    waitHours: 6,
  };
  await app.db
    .insertInto("standby_agreements")
    .values({
      id,
      uri,
      role: made.role,
      partner: there,
      document: toJson(document),
      state: made.state,
      cursor: null,
      seq: 12,
      head: null,
      bytes: more.bytes ?? 0,
      created_at: now - 40 * 24 * HOUR,
      agreed_at: wasAgreed ? now - 39 * 24 * HOUR : null,
      ended_at: made.state === "ended" ? now - 24 * HOUR : null,
      seen_at: wasAgreed ? now - 240_000 : null,
      fault: more.fault ?? null,
    })
    .execute();
  return { id, uri, origin: there };
}

/** Ada says yes, and messages are sealed for the account that waits for her. */
async function consent({ app }: TestInstance, ada: Viewer, { id, origin }: Agreement): Promise<void> {
  const now = app.clock.now();
  const standbyUri = `${origin}/users/4711`;
  await app.db
    .insertInto("standby_consents")
    .values({
      actor_id: ada.actorId,
      agreement_id: id,
      created_at: now,
      standby_uri: standbyUri,
      standby_handle: "ada@mole.example",
    })
    .execute();
  const old = app.uris.actor(ada.actorId);
  const peer = (host: string, software: string | null, followers: number) => ({
    host,
    inbox: `https://${host}/inbox`,
    software,
    followers,
  });
  const kit = {
    type: "EscapeKit",
    v: 1,
    old,
    handle: "@ada",
    keyId: `${old}#main-key`,
    sealedAt: isoTime(now),
    homes: [{ new: standbyUri, move: {}, embedded: {}, update: {} }],
    peers: [
      peer("lake.example", "mastodon", 212),
      peer("hill.test", "gotosocial", 31),
      peer("photos.example", "pixelfed", 18),
      peer("slow.example", null, 2),
    ],
  };
  await app.db
    .insertInto("escape_kits")
    .values({
      actor_id: ada.actorId,
      kit: toJson(kit),
      key_id: kit.keyId,
      fingerprint: "sample",
      sealed_at: now,
      stale: 0,
      examined_at: now,
    })
    .execute();
}

async function decide(
  { app }: TestInstance,
  { id, uri, origin }: Agreement,
  how: {
    readonly state: "asked" | "waiting" | "running" | "stopped";
    readonly approvals: number;
    readonly begins_at?: number;
    readonly finished_at?: number;
  },
): Promise<number> {
  const now = app.clock.now();
  const orderId = app.ids.next();
  const order = `urn:uuid:00000000-0000-4000-9000-${String(orderId).slice(-12).padStart(12, "0")}`;
  const document = {
    type: "EvacuationOrder",
    v: 1,
    id: order,
    agreement: uri,
    home: origin,
    standby: app.config.origin,
    reason: "host_lost",
    at: isoTime(now),
  };
  await app.db
    .insertInto("evacuations")
    .values({
      id: orderId,
      uri: order,
      agreement_id: id,
      home: origin,
      reason: "host_lost",
      document: toJson(document),
      begins_at: null,
      created_at: now - 3 * HOUR,
      finished_at: null,
      ...how,
    })
    .execute();
  return orderId;
}

/** Mara came from the lost server; most others were told. */
async function arrive(instance: TestInstance, { id, origin }: Agreement, evacuation: number): Promise<void> {
  const { app } = instance;
  const now = app.clock.now();
  const { viewer } = await aMember(instance, "mara");
  const old = `${origin}/users/17`;
  const memberId = app.ids.next();
  await app.db
    .insertInto("standby_members")
    .values({
      id: memberId,
      agreement_id: id,
      actor_uri: old,
      handle: `mara@${new URL(origin).host}`,
      actor_id: viewer.actorId,
      username: "mara",
      state: "launched",
      profile: "{}",
      did: null,
      recipient: null,
      kit: null,
      sealed_at: now,
      followers: null,
      updated_at: now,
      launched_at: now,
      claimed_at: now,
    })
    .execute();
  await app.db
    .insertInto("successors")
    .values({ old_uri: old, new_uri: app.uris.actor(viewer.actorId), notice: "{}", created_at: now })
    .execute();
  const told = [
    ["lake.example", "mastodon", "answered", 412, null],
    ["reef.example", "mastodon", "answered", 96, null],
    ["tide.example", "misskey", "answered", 40, null],
    ["slow.example", null, "waiting", 12, null],
    ["pebble.example", "sharkey", "sent", 3, null],
    ["photos.example", "pixelfed", "unable", 18, "origin"],
    ["hill.test", "gotosocial", "unable", 7, "signature"],
    ["links.example", "lemmy", "unable", 1, "never"],
    ["strict.example", "mastodon", "refused", 5, null],
  ] as const;
  for (const [host, software, state, expected, fault] of told)
    await app.db
      .insertInto("escapes")
      .values({
        id: app.ids.next(),
        member_id: memberId,
        evacuation_id: evacuation,
        host,
        inbox: `https://${host}/inbox`,
        software,
        form: state === "unable" ? "none" : "move",
        expected,
        state,
        activity_id: null,
        fault,
        begun_at: now,
        answered_at: state === "answered" ? now : null,
      })
      .execute();
}
