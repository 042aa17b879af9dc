import { createPublicKey } from "node:crypto";
import { onTestFinished } from "vitest";
import type { Vault } from "../../server/context.ts";
import type { Viewer } from "../../server/domain/actor.ts";
import { asId } from "../../server/domain/ids.ts";
import { examineKits, getKitText, signAsMember, wholeSeconds } from "../../server/services/escapes/kits.ts";
import { requestLaunches } from "../../server/services/escapes/launch.ts";
import { newPhrase, keysOfPhrase, type PhraseKeys } from "../../server/lifeboat/phrase.ts";
import { addProof } from "../../server/lifeboat/proofs.ts";
import { memoryFiles } from "../../server/media/files.ts";
import { getKeys } from "../../server/services/accounts/keys.ts";
import { getInstanceActorId } from "../../server/services/accounts/settings.ts";
import { updateActor } from "../../server/store/actors.ts";
import { toJson } from "../../server/store/codec.ts";
import { transaction } from "../../server/store/database.ts";
import type { Database } from "../../server/store/database.ts";
import { testClock, type TestClock } from "../support/app.ts";
import { aMember, createInstance, type TestInstance } from "../support/instance.ts";
import { createNetwork, type Network } from "../support/network.ts";
import { settleAll } from "./peers/disasters.ts";
import { createEmulator, type Emulator } from "./peers/emulator.ts";
import type { PeerKind } from "./peers/rules.ts";

/** A home, a standby that waits for its members, and other servers whose people follow them. */
export type Escape = {
  readonly network: Network;
  readonly clock: TestClock;
  readonly home: TestInstance;
  readonly standby: TestInstance;
  readonly emulators: Emulator[];
  readonly agreementId: number;
  readonly agreementUri: string;
  settle(): Promise<void>;
  /** Puts another server there. */
  peer(kind: PeerKind, host?: string): Promise<Emulator>;
  /** A member of the home, who has agreed, with the hidden actor that waits for them. */
  member(name: string, options?: { readonly locked?: boolean }): Promise<EscapeMember>;
  /** Seals kits at the home and brings them to the standby. */
  seal(): Promise<void>;
  /** Brings a member over, as the services behind the pages do. */
  launch(member: EscapeMember): Promise<void>;
};

export type EscapeMember = {
  readonly viewer: Viewer;
  readonly oldUri: string;
  readonly newId: number;
  readonly newUri: string;
  readonly memberId: number;
  readonly phrase: string;
  readonly keys: PhraseKeys;
};

/** Sets the scene; `trustees` may decide together, `threshold` of them. */
export async function anEscape(
  options: {
    readonly trustees?: readonly PhraseKeys[];
    readonly threshold?: number;
    readonly waitHours?: number;
    /** Of the home and of the standby. */
    readonly databases?: readonly [Database, Database];
    /** What the home seals its keys with, when a test has to read them later. */
    readonly homeVault?: Vault;
  } = {},
): Promise<Escape> {
  const clock = testClock();
  const network = createNetwork();
  const [homeDatabase, standbyDatabase] = options.databases ?? [undefined, undefined];
  const on = (database: Database | undefined) => (database === undefined ? {} : { database });
  const { homeVault } = options;
  const before = homeVault === undefined ? {} : { before: { vault: homeVault, files: memoryFiles() } };
  const home = await createInstance({ host: "home.test", network, clock, ...on(homeDatabase), ...before });
  const standby = await createInstance({ host: "standby.test", network, clock, ...on(standbyDatabase) });
  onTestFinished(async () => {
    for (const instance of [home, standby])
      await (options.databases === undefined ? instance.close() : instance.stop(0));
  });
  const emulators: Emulator[] = [];
  const members: EscapeMember[] = [];
  const agreement = await anAgreement({ home, standby }, options);
  const settle = () => settleAll([home, standby], emulators);
  return {
    network,
    clock,
    home,
    standby,
    emulators,
    ...agreement,
    settle,
    peer: async (kind, host = `${kind}.test`) => {
      const emulator = await createEmulator(network, host, kind, { clock });
      emulators.push(emulator);
      return emulator;
    },
    member: async (name, given = {}) => {
      const made = await aWaitingMember({ home, standby, ...agreement }, name, given.locked === true);
      members.push(made);
      return made;
    },
    seal: async () => {
      await settle();
      // The first time servers are asked what they run; an hour later it is in the kits.
      for (let round = 0; round < 2; round++) {
        await examineKits(home.app);
        await settle();
        clock.advance(3_600_000);
      }
      for (const member of members) await bringKit({ home, standby }, member);
    },
    launch: async (member) => {
      await transaction(standby.app.db, (tx) => requestLaunches(standby.app, tx, [member.memberId], null));
      await settle();
    },
  };
}

type Two = { readonly home: TestInstance; readonly standby: TestInstance };

/** The agreement as both keep it, signed by both. */
async function anAgreement(
  { home, standby }: Two,
  options: {
    readonly trustees?: readonly PhraseKeys[];
    readonly threshold?: number;
    readonly waitHours?: number;
  },
): Promise<{ readonly agreementId: number; readonly agreementUri: string }> {
  const now = home.clock.now();
  const uri = "urn:uuid:00000000-0000-4000-8000-000000000001";
  const [homeActor, standbyActor] = [
    await getInstanceActorId(home.app),
    await getInstanceActorId(standby.app),
  ];
  const document = {
    type: "StandbyAgreement",
    v: 1,
    id: uri,
    home: home.app.config.origin,
    homeActor: home.app.uris.actor(homeActor),
    standby: standby.app.config.origin,
    standbyActor: standby.app.uris.actor(standbyActor),
    since: wholeSeconds(now),
    scope: ["public"],
    maxBytes: 1_000_000_000,
    trustees: (options.trustees ?? []).map(({ did }) => did),
    threshold: options.threshold ?? 1,
    waitHours: options.waitHours ?? 6,
  };
  const half = await signAsMember(home.app, homeActor, document);
  const signed = await signAsMember(standby.app, standbyActor, half);
  const common = {
    id: 71,
    uri,
    document: toJson(signed),
    state: "agreed",
    cursor: null,
    seq: 0,
    head: null,
    bytes: 0,
    created_at: now,
    agreed_at: now,
    ended_at: null,
    seen_at: now,
  };
  await home.app.db
    .insertInto("standby_agreements")
    .values({ ...common, role: "home", partner: standby.app.config.origin })
    .execute();
  const { ed25519 } = await getKeys(home.app, homeActor);
  const key = createPublicKey({ key: { ...ed25519.publicJwk }, format: "jwk" });
  await standby.app.db
    .insertInto("standby_agreements")
    .values({
      ...common,
      role: "standby",
      partner: home.app.config.origin,
      partner_actor: home.app.uris.actor(homeActor),
      partner_key: key.export({ type: "spki", format: "pem" }).toString(),
    })
    .execute();
  return { agreementId: 71, agreementUri: uri };
}

async function aWaitingMember(
  at: Two & { readonly agreementId: number },
  name: string,
  locked: boolean,
): Promise<EscapeMember> {
  const { home, standby, agreementId } = at;
  const { viewer } = await aMember(home, name);
  if (locked) await updateActor(home.app.db, viewer.actorId, { locked: 1 });
  const phrase = newPhrase();
  const keys = await keysOfPhrase(phrase);
  if (keys === null) throw new Error("A new phrase is one.");
  const newId = standby.app.ids.next();
  const newUri = standby.app.uris.actor(newId);
  const oldUri = home.app.uris.actor(viewer.actorId);
  const answer = await home.request(new URL(oldUri).pathname, {
    headers: { accept: "application/activity+json" },
  });
  const memberId = standby.app.ids.next();
  await standby.app.db
    .insertInto("standby_members")
    .values({
      id: memberId,
      agreement_id: agreementId,
      actor_uri: oldUri,
      handle: `${name}@${home.host}`,
      actor_id: newId,
      username: name,
      state: "hidden",
      profile: await answer.text(),
      did: keys.did,
      recipient: keys.recipient,
      kit: null,
      sealed_at: null,
      followers: null,
      updated_at: home.clock.now(),
      launched_at: null,
      claimed_at: null,
    })
    .execute();
  await home.app.db
    .insertInto("standby_consents")
    .values({
      actor_id: viewer.actorId,
      agreement_id: agreementId,
      created_at: home.clock.now(),
      standby_uri: newUri,
    })
    .execute();
  return { viewer, oldUri, newId, newUri, memberId, phrase, keys };
}

async function bringKit({ home, standby }: Two, member: EscapeMember): Promise<void> {
  const kit = await getKitText(home.app, asId(member.viewer.actorId));
  if (kit === null) return;
  await standby.app.db
    .updateTable("standby_members")
    .set({ kit, sealed_at: home.clock.now() })
    .where("id", "=", member.memberId)
    .execute();
}

/** A trustee's or anybody's keys. */
export async function aPhrase(): Promise<PhraseKeys & { readonly phrase: string }> {
  const phrase = newPhrase();
  const keys = await keysOfPhrase(phrase);
  if (keys === null) throw new Error("A new phrase is one.");
  return { ...keys, phrase };
}

/** A document signed by somebody's phrase. */
export function signedBy(
  keys: PhraseKeys,
  document: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  return addProof(document, keys.signer, "2026-06-01T12:00:00Z");
}
