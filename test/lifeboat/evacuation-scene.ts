import { createPrivateKey } from "node:crypto";
import { onTestFinished } from "vitest";
import type { Viewer } from "../../server/domain/actor.ts";
import { asId } from "../../server/domain/ids.ts";
import { newPhrase } from "../../server/lifeboat/phrase.ts";
import { getKeys, sealEntrustedKey } from "../../server/services/accounts/keys.ts";
import { tendEvacuations } from "../../server/services/escapes/evacuations.ts";
import { examineKits } from "../../server/services/escapes/kits.ts";
import { rememberOldActor } from "../../server/services/escapes/old-actors.ts";
import { signOrder } from "../../server/services/escapes/trustees.ts";
import { followActor } from "../../server/services/relations/follows.ts";
import { search } from "../../server/services/search.ts";
import { answerOffer } from "../../server/services/standbys/agreements.ts";
import { giveConsent } from "../../server/services/standbys/consents.ts";
import { inviteStandby } from "../../server/services/standbys/invitations.ts";
import { tendStandbys } from "../../server/services/standbys/upkeep.ts";
import { insertKey } from "../../server/store/keys.ts";
import { testClock, type TestClock } from "../support/app.ts";
import { aMember, aNote, createInstance, type TestInstance } from "../support/instance.ts";
import { createNetwork, type Network } from "../support/network.ts";
import { giveSpareKeys } from "../support/rsa-keys.ts";
import { aPhrase } from "./escape-scene.ts";
import { aLife, Dead, type Disk, type Life, mortalHttp, sqliteDisk } from "./mortal.ts";
import { createEmulator, type Emulator } from "./peers/emulator.ts";
import type { PeerKind } from "./peers/rules.ts";

/** The servers whose people follow, each with so many of them: forty. */
export const FOLLOWERS = {
  mastodon: 7,
  gotosocial: 7,
  misskey: 7,
  akkoma: 7,
  pixelfed: 6,
  hollo: 6,
} as const satisfies Partial<Record<PeerKind, number>>;
export type FollowerKind = keyof typeof FOLLOWERS;
const KINDS = Object.keys(FOLLOWERS) as readonly FollowerKind[];

const MEMBERS = 20;
/** Of the forty, how many follow each member. */
const EACH = 4;
/** Members that people of another Causeway follow. */
const FOLLOWED_AT_CAUSEWAY = 5;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const IP = "203.0.113.7";

/** Numbers from a seed (mulberry32): the same ones every time. */
export function chances(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** Somebody of the lost community. */
export type Evacuee = {
  readonly viewer: Viewer;
  readonly name: string;
  readonly oldUri: string;
  /** Who follows them, by host: names of people there. */
  readonly followers: ReadonlyMap<string, readonly string[]>;
  readonly isFollowedAtCauseway: boolean;
};

/** A community of twenty, the server that stands by for it, and seven others where people follow them. */
export type Community = {
  readonly network: Network;
  readonly clock: TestClock;
  readonly home: TestInstance;
  readonly meadow: TestInstance;
  readonly reader: Viewer;
  readonly emulators: readonly Emulator[];
  readonly evacuees: readonly Evacuee[];
  readonly agreementUri: string;
  readonly trustees: readonly string[];
  /** The home's, without an end until a test gives it one. */
  readonly life: Life;
  /** The standby as it runs now, and what is left of its life. */
  standby(): TestInstance;
  standbyLife(): Life;
  /** Everybody does what there is to do, until all are quiet or dead. */
  settle(): Promise<void>;
  /** Starts the standby again on the same database after its power went; it has so many steps now. */
  reopen(steps: number): Promise<void>;
};

/** Founds it; all have followers and have agreed to be copied, and nothing has been copied yet. */
export async function aCommunity(seed: number, standbyDisk?: Disk): Promise<Community> {
  const clock = testClock();
  const network = createNetwork();
  const life = aLife(Infinity);
  const home = await openServer({ host: "home.test", network, clock }, await sqliteDisk(), life);
  const standby = await aStandby({ network, clock }, standbyDisk ?? (await sqliteDisk()));
  const meadow = await createInstance({ host: "meadow.test", network, clock });
  onTestFinished(() => meadow.close());
  for (let more = 0; more < MEMBERS / 4; more++)
    for (const { app } of [home, standby.now()]) await giveSpareKeys(app);
  // Whoever is told looks at the new account at once.
  const emulators = await Promise.all(
    KINDS.map((kind) => createEmulator(network, `${kind}.test`, kind, { clock, eager: true })),
  );
  const settle = async (): Promise<void> => {
    for (let round = 0; round < 50; round++) {
      let done = 0;
      if (!life.isOver) done += await untilDead(home);
      if (!standby.life().isOver) done += await untilDead(standby.now());
      done += await meadow.worker.drain();
      for (const emulator of emulators) done += await emulator.work();
      if (done === 0) return;
    }
    throw new Error("They keep giving each other work.");
  };
  // Keys that are not known yet are fetched five a minute for each server: all forty follow the owner before anybody else.
  for (const from of [0, 5]) {
    for (const emulator of emulators)
      await emulator.followAs(
        home.app.uris.actor(home.owner?.actorId ?? 0),
        namesOf(emulator).slice(from, from + 5),
      );
    await settle();
    clock.advance(MINUTE);
  }
  const { agreementId, agreementUri, trustees } = await agree(home, standby.now(), settle);
  const reader = (await aMember(meadow, "mei")).viewer;
  const evacuees = await people({ home, meadow, reader, emulators, agreementId, settle }, chances(seed));
  await settle();
  const parts = { network, clock, home, meadow, reader, emulators, evacuees, agreementUri, trustees, life };
  return { ...parts, standby: standby.now, standbyLife: standby.life, settle, reopen: standby.reopen };
}

/** Works until there is nothing to do, or until its power goes. */
async function untilDead(instance: TestInstance): Promise<number> {
  try {
    return await instance.worker.drain();
  } catch (error) {
    if (error instanceof Dead || /not open|no power/.test(String(error))) return 1;
    throw error;
  }
}

function namesOf({ kind }: Emulator): readonly string[] {
  return Array.from({ length: FOLLOWERS[kind as FollowerKind] }, (_, n) => `p${n + 1}`);
}

type Place = { readonly host: string; readonly network: Network; readonly clock: TestClock };

async function openServer(
  place: Place,
  disk: Disk,
  life: Life,
  before?: TestInstance["app"],
): Promise<TestInstance> {
  const instance = await createInstance({
    ...place,
    database: disk.open(life),
    http: mortalHttp(place.network.http(), () => life),
    ...(before === undefined ? {} : { before, untouched: true }),
  });
  // Whoever has no power answers nothing.
  place.network.join(place.host, (request) => {
    life.check();
    return instance.fetch(request, { ip: IP });
  });
  onTestFinished(() => instance.stop(0));
  return instance;
}

async function aStandby(at: Omit<Place, "host">, disk: Disk) {
  let life = aLife(Infinity);
  const place = { ...at, host: "standby.test" };
  let instance = await openServer(place, disk, life);
  return {
    now: () => instance,
    life: () => life,
    reopen: async (steps: number) => {
      life = aLife(Infinity);
      instance = await openServer(place, disk, life, instance.app);
      life.left = steps;
    },
  };
}

async function agree(home: TestInstance, standby: TestInstance, settle: () => Promise<void>) {
  const trustees = [await aPhrase(), await aPhrase(), await aPhrase()];
  const agreementId = await inviteStandby(home.app, {
    standby: "standby.test",
    withFollowersOnly: false,
    maxGigabytes: "1",
    trustees: trustees.map(({ did }) => did).join(" "),
    threshold: "2",
    waitHours: "0",
  });
  await settle();
  const row = await standby.app.db
    .selectFrom("standby_agreements")
    .select(["id", "uri"])
    .executeTakeFirstOrThrow();
  await answerOffer(standby.app, row.id, "agree");
  await settle();
  return { agreementId, agreementUri: row.uri, trustees: trustees.map(({ phrase }) => phrase) };
}

async function people(
  at: Pick<Community, "home" | "meadow" | "reader" | "emulators" | "settle"> & {
    readonly agreementId: number;
  },
  chance: (below: number) => number,
): Promise<readonly Evacuee[]> {
  const { home, emulators, settle } = at;
  const everybody = emulators.flatMap((emulator) => namesOf(emulator).map((name) => ({ emulator, name })));
  const evacuees: Evacuee[] = [];
  for (let n = 0; n < MEMBERS; n++) {
    const name = `m${n}`;
    const { viewer } = await aMember(home, name);
    const oldUri = home.app.uris.actor(viewer.actorId);
    const drawn = everybody.map((one) => ({ ...one, at: chance(1_000_000) })).toSorted((a, b) => a.at - b.at);
    // Forty people: the first two of each server's row are somebody's for certain.
    const chosen = new Set([everybody[2 * n], everybody[2 * n + 1]].filter((one) => one !== undefined));
    for (const one of drawn) {
      if (chosen.size >= EACH) break;
      const same = everybody.find(({ emulator, name: is }) => emulator === one.emulator && is === one.name);
      if (same !== undefined) chosen.add(same);
    }
    const followers = new Map<string, string[]>();
    for (const { emulator, name: person } of chosen)
      followers.set(emulator.host, [...(followers.get(emulator.host) ?? []), person]);
    for (const emulator of emulators) await emulator.followAs(oldUri, followers.get(emulator.host) ?? []);
    const isFollowedAtCauseway = n < FOLLOWED_AT_CAUSEWAY;
    evacuees.push({ viewer, name, oldUri, followers, isFollowedAtCauseway });
  }
  await settle();
  for (const evacuee of evacuees) {
    if (evacuee.isFollowedAtCauseway) await followAtCauseway(at, evacuee.name);
    await giveConsent(home.app, evacuee.viewer, at.agreementId);
  }
  return evacuees;
}

async function followAtCauseway(
  { meadow, reader }: Pick<Community, "meadow" | "reader">,
  name: string,
): Promise<void> {
  const [actor] = (await search(meadow.app, reader, `@${name}@home.test`)).actors;
  if (actor === undefined) throw new Error(`${name} was not found.`);
  await followActor(meadow.app, reader, actor.id);
}

/** Everybody writes something, and everything there is gets copied, with kits that know what other servers run. */
export async function prepare(community: Community): Promise<void> {
  const { home, evacuees } = community;
  for (const { viewer, name } of evacuees) await aNote(home, { by: viewer, source: `${name} is here` });
  await copyAll(community);
}

async function copyAll({ home, clock, settle }: Community): Promise<void> {
  for (let round = 0; round < 3; round++) {
    await tendStandbys(home.app);
    await settle();
    await examineKits(home.app);
    await settle();
    clock.advance(HOUR);
  }
  await tendStandbys(home.app);
  await settle();
}

/** The same for the first time, in the middle of which the home dies. */
export async function copy(community: Community): Promise<void> {
  const { life, network, home } = community;
  await prepare(community).catch((error: unknown) => {
    if (!life.isOver) throw error;
  });
  await community.settle();
  if (!life.isOver) throw new Error(`It lived on, with ${life.left} steps left.`);
  network.leave(home.host);
}

/** People go on writing and being copied until the home has no steps left, for so many rounds at most. */
export async function goOn(community: Community, rounds: number): Promise<void> {
  const { home, clock, life, evacuees, network, settle } = community;
  for (let round = 0; round < rounds && !life.isOver; round++) {
    try {
      for (const { viewer, name } of evacuees.slice((round * 5) % MEMBERS).slice(0, 5))
        await aNote(home, { by: viewer, source: `${name} writes number ${round}` });
      clock.advance(30_000);
      await settle();
      await examineKits(home.app);
      await tendStandbys(home.app);
      await settle();
    } catch (error) {
      if (!life.isOver) throw error;
    }
  }
  if (!life.isOver) throw new Error(`It lived on, with ${life.left} steps left.`);
  network.leave(home.host);
}

/** Gives the standby the home's keys of everybody, as if they had been in their lifeboats. */
export async function entrustKeys(community: Community): Promise<void> {
  const { app } = community.standby();
  for (const { viewer, name, oldUri } of community.evacuees) {
    const { rsa } = await getKeys(community.home.app, viewer.actorId);
    const key = createPrivateKey({ key: { ...rsa.privateJwk }, format: "jwk" });
    const actorId = await rememberOldActor(app, oldUri, { preferredUsername: name });
    await insertKey(app.db, await sealEntrustedKey(app, asId(actorId), key));
  }
}

/** Two of three trustees decide. */
export async function decide({ standby, agreementUri, trustees }: Community): Promise<void> {
  const { app } = standby();
  const [first = newPhrase(), second = newPhrase()] = trustees;
  const common = { agreementUri, reason: "host_lost", ip: IP };
  const { uri } = await signOrder(app, { ...common, phrase: first, orderUri: null });
  await signOrder(app, { ...common, phrase: second, orderUri: uri });
}

/**
 * Lets the launch go on, as the standby's clock does it, until it is over. The standby has so many steps before its power
 * goes, and again after each time; returns how often it went.
 */
export async function launch(community: Community, lives: readonly number[]): Promise<number> {
  const { clock, settle } = community;
  const left = [...lives];
  let deaths = 0;
  community.standbyLife().left = left.shift() ?? Infinity;
  for (let look = 0; look < 60; look++) {
    const state = await tended(community);
    if (state === "done") return deaths;
    if (state === "dead") {
      deaths += 1;
      // Longer than any lease of the dead.
      clock.advance(180_000);
      await community.reopen(left.shift() ?? Infinity);
    }
    await settle();
    clock.advance(60_000);
  }
  throw new Error("The launch does not end.");
}

async function tended({ standby, settle }: Community): Promise<string> {
  const { app } = standby();
  try {
    await tendEvacuations(app);
    const row = await app.db.selectFrom("evacuations").select("state").executeTakeFirstOrThrow();
    return row.state;
  } catch (error) {
    if (!(error instanceof Dead) && !/not open/.test(String(error))) throw error;
    await settle();
    return "dead";
  }
}
