import type { Viewer } from "../../server/domain/actor.ts";
import type { SegmentRecord } from "../../server/domain/standby.ts";
import { createKeyStore } from "../../federation/delivery/signing.ts";
import { postToPartner, type PartnerAnswer } from "../../federation/standby/partner.ts";
import { makeStatement } from "../../server/lifeboat/identity.ts";
import { keysOfPhrase, newPhrase, type PhraseKeys } from "../../server/lifeboat/phrase.ts";
import { type MadeSegment, makeSegment } from "../../server/lifeboat/segments.ts";
import { answerOffer, instanceSigner } from "../../server/services/standbys/agreements.ts";
import { giveConsent } from "../../server/services/standbys/consents.ts";
import { inviteStandby } from "../../server/services/standbys/invitations.ts";
import type { TestInstance } from "../support/instance.ts";
import type { Pair } from "../support/pair.ts";

export const TERMS = {
  standby: "west.test",
  withFollowersOnly: true,
  maxGigabytes: "1",
  trustees: "",
  threshold: "1",
  waitHours: "6",
};

/** Every agreement of an instance, oldest first. */
export async function agreements(at: TestInstance) {
  return await at.database.db.selectFrom("standby_agreements").selectAll().orderBy("id").execute();
}

/** Makes west the standby of `home`; returns the home's row id. */
export async function paired(
  pair: Pick<Pair, "west" | "settle">,
  home: TestInstance,
  terms: Partial<typeof TERMS> = {},
): Promise<number> {
  const id = await inviteStandby(home.app, { ...TERMS, ...terms });
  await pair.settle();
  const asked = (await agreements(pair.west)).find((row) => row.state === "asked");
  await answerOffer(pair.west.app, asked?.id ?? 0, "agree");
  await pair.settle();
  return id;
}

/** A pair in which ann takes part. */
export async function replicated(pair: Pair, terms: Partial<typeof TERMS> = {}): Promise<number> {
  const id = await paired(pair, pair.east, terms);
  await giveConsent(pair.east.app, pair.ann.viewer, id);
  await pair.settle();
  return id;
}

/** Changes are gathered before they are sent. */
export async function later(pair: Pick<Pair, "clock" | "settle">): Promise<void> {
  pair.clock.advance(30_000);
  await pair.settle();
}

export async function records(at: TestInstance) {
  return await at.database.db.selectFrom("standby_records").selectAll().orderBy("object_uri").execute();
}

export async function members(at: TestInstance) {
  return await at.database.db.selectFrom("standby_members").selectAll().orderBy("id").execute();
}

/** Gives somebody a recovery phrase, as their settings do. */
export async function givePhrase(at: TestInstance, who: Viewer): Promise<PhraseKeys> {
  const keys = await keysOfPhrase(newPhrase());
  if (keys === null) throw new Error("a new phrase is one");
  const statement = makeStatement(keys, at.app.uris.actor(who.actorId), "2026-06-01T12:00:00Z");
  await at.database.db
    .insertInto("identities")
    .values({
      actor_id: who.actorId,
      did: keys.did,
      statement: JSON.stringify(statement),
      recipient: keys.recipient,
      created_at: at.clock.now(),
    })
    .execute();
  return keys;
}

/** A segment that follows what the standby has, as the home's own key would sign it. */
export async function forgedSegment(
  pair: Pair,
  home: TestInstance,
  segmentRecords: readonly SegmentRecord[],
  header: { readonly seq?: number; readonly previous?: string | null } = {},
): Promise<MadeSegment> {
  const row = (await agreements(pair.west)).findLast((one) => one.partner === home.app.config.origin);
  if (row === undefined) throw new Error("there is no agreement");
  return makeSegment(
    {
      type: "StandbySegment",
      v: 1,
      agreement: row.uri,
      seq: row.seq + 1,
      previous: row.head,
      created: "2026-06-01T12:00:00Z",
      ...header,
    },
    segmentRecords.map((record) => JSON.stringify(record)),
    await instanceSigner(home.app),
  );
}

/** Posts to west what an instance actor signs; null when there is no answer. */
export async function post(from: TestInstance, path: string, body: string): Promise<PartnerAnswer | null> {
  const type = path.endsWith("segments") ? "application/x-ndjson" : "application/json";
  return await postToPartner(from.app, createKeyStore(from.app), {
    url: `https://west.test/standby/${path}`,
    type,
    body,
  });
}

/** Everything that was sent to a host. */
export function sentTo(pair: Pick<Pair, "network">, host: string): string {
  return pair.network.log
    .filter((one) => new URL(one.url).host === host)
    .map((one) => one.body)
    .join("\n");
}

/** All that an instance has in its tables about standbys, and in its files. */
export async function keptAt(at: TestInstance): Promise<string> {
  const { db } = at.database;
  const files: string[] = [];
  for await (const { name } of at.app.files.list()) {
    const bytes = await at.app.files.read(name);
    if (bytes !== null) files.push(Buffer.from(bytes).toString("latin1"));
  }
  return JSON.stringify([
    await db.selectFrom("standby_agreements").selectAll().execute(),
    await db.selectFrom("standby_members").selectAll().execute(),
    await db.selectFrom("standby_records").selectAll().execute(),
    await db.selectFrom("standby_media").selectAll().execute(),
    await db.selectFrom("standby_segments").selectAll().execute(),
    files,
  ]);
}

/** Bytes of everything that is kept of members, files apart. */
export async function bytesKept(at: TestInstance): Promise<number> {
  const texts = (await members(at)).flatMap((row) => [row.profile, row.kit, row.followers]);
  const own = texts.reduce((sum, text) => sum + Buffer.byteLength(text ?? ""), 0);
  return (await records(at)).reduce((sum, row) => sum + row.size, own);
}
