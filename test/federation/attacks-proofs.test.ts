import { generateKeyPairSync, hash, type KeyObject, sign } from "node:crypto";
import { signJsonLd } from "@fedify/fedify";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { loadContext } from "../../federation/reading/contexts.ts";
import { canonicalJson } from "../../server/domain/canonical-json.ts";
import { toInstant } from "../../federation/reading/time.ts";
import type { Viewer } from "../../server/domain/actor.ts";
import { listNotifications } from "../../server/services/notifications/notifications.ts";
import { fetchNote } from "../../server/services/notes/received-notes.ts";
import { aMember, createInstance, type TestInstance } from "../support/instance.ts";
import { drain, drainWithFaults } from "../support/network.ts";
import { aCreate, actorDocument, createPeer, deliver, type Peer } from "./peer.ts";

const AS = "https://www.w3.org/ns/activitystreams";
const CONTEXT = [AS, "https://w3id.org/security/v1", "https://w3id.org/security/data-integrity/v1"];
const MINUTE = 60_000;
const DAY = 86_400_000;
const BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

type Json = Record<string, unknown>;

let here: TestInstance;
let alice: Viewer;
/** Sends what others wrote. */
let eve: Peer;
/** Wrote it, and has an Ed25519 key. */
let vic: Peer;
let vicKey: { readonly publicKey: KeyObject; readonly privateKey: KeyObject };

beforeEach(async () => {
  here = await createInstance({ host: "here.test" });
  alice = (await aMember(here, "alice")).viewer;
  eve = await createPeer(here, "e.test", "eve");
  vic = await createPeer(here, "v.test", "vic");
  vicKey = generateKeyPairSync("ed25519");
  await publish();
});
afterEach(() => here.close());

function toBase58(bytes: Uint8Array): string {
  let number = BigInt(`0x${Buffer.from(bytes).toString("hex")}`);
  let text = "";
  for (; number > 0n; number /= 58n) text = (BASE58[Number(number % 58n)] ?? "") + text;
  const zeros = bytes.findIndex((byte) => byte !== 0);
  return `z${"1".repeat(Math.max(0, zeros))}${text}`;
}

function multibaseOf(key: KeyObject): string {
  const { x = "" } = key.export({ format: "jwk" });
  return toBase58(Buffer.concat([Buffer.from([0xed, 0x01]), Buffer.from(x, "base64url")]));
}

/** Vic's actor lists the key for proofs. */
async function publish(key: KeyObject = vicKey.publicKey, change: Json = {}): Promise<void> {
  const method = {
    id: `${vic.actorUri}#ed25519`,
    type: "Multikey",
    controller: vic.actorUri,
    publicKeyMultibase: multibaseOf(key),
  };
  vic.documents.set("/users/vic", {
    ...(await actorDocument(vic, "vic")),
    assertionMethod: [method],
    ...change,
  });
}

const toAlice = () => ({
  tag: [{ type: "Mention", href: here.app.uris.actor(alice.actorId), name: "@alice@here.test" }],
});

function aNote(id: string, content = "genuine"): Json {
  return { "@context": CONTEXT, ...aCreate(vic, id, { content, ...toAlice() }) };
}

/** Adds a proof as FEP-8b32 wants it. */
function prove(
  document: Json,
  options: { readonly key?: KeyObject; readonly change?: Json; readonly inProof?: Json } = {},
): Json {
  const config: Json = {
    type: "DataIntegrityProof",
    cryptosuite: "eddsa-jcs-2022",
    verificationMethod: `${vic.actorUri}#ed25519`,
    proofPurpose: "assertionMethod",
    created: new Date(here.clock.now()).toISOString(),
    ...options.inProof,
  };
  const digest = (json: Json) => hash("sha256", canonicalJson(json), "buffer");
  const data = Buffer.concat([digest({ ...config, "@context": document["@context"] }), digest(document)]);
  const proofValue = toBase58(sign(null, data, options.key ?? vicKey.privateKey));
  return { ...document, proof: { ...config, proofValue }, ...options.change };
}

async function told(): Promise<readonly string[]> {
  await drain(here);
  return (await listNotifications(here.app, alice, {})).items.flatMap((one) => one.note?.contentHtml ?? []);
}

describe("SIG-17: an integrity proof over the whole activity (FEP-8b32)", () => {
  test("stands for its actor, whoever brings it", async () => {
    expect(await deliver(here, eve, prove(aNote("1")))).toBe(202);
    expect(await told()).toEqual([expect.stringContaining("genuine")]);
    expect((await fetchNote(here.app, null, "https://v.test/notes/1"))?.contentHtml).toContain("genuine");
    expect(vic.asked.filter((path) => path.startsWith("/notes"))).toEqual([]);
  });

  test("also when somebody added a signature of another scheme afterwards", async () => {
    const signature = {
      type: "RsaSignature2017",
      creator: eve.keyId,
      created: "2026-06-01T12:00:00Z",
      signatureValue: "AAAA",
    };
    expect(await deliver(here, eve, { ...prove(aNote("1")), signature })).toBe(202);
    expect(await told()).toHaveLength(1);
  });

  test("counts once, together with the same activity from its actor", async () => {
    const proved = prove(aNote("1"));
    expect(await deliver(here, eve, proved)).toBe(202);
    expect(await deliver(here, vic, proved)).toBe(202);
    expect(await deliver(here, eve, proved)).toBe(202);
    expect(await told()).toHaveLength(1);
  });

  test("does not stand for a changed document, another actor, or another id", async () => {
    const object = aNote("1")["object"] as Json;
    const changes: readonly Json[] = [
      { object: { ...object, content: "forged" } },
      { to: ["https://e.test/users/eve"] },
      { id: "https://v.test/other" },
      { type: "Update" },
      { actor: `${vic.actorUri}2` },
      { extra: 1 },
      { "@context": AS },
    ];
    for (const change of changes) {
      expect(await deliver(here, eve, prove(aNote("1"), { change })), JSON.stringify(change)).toBe(401);
      // A key that was looked at within the last minute is not looked at again, and the sender is asked to wait.
      here.clock.advance(MINUTE);
    }
    expect(await told()).toEqual([]);
  });

  test("by a key that the actor does not list for it, on another origin, or of another owner, is refused", async () => {
    const other = generateKeyPairSync("ed25519");
    expect(await deliver(here, eve, prove(aNote("1"), { key: other.privateKey }))).toBe(401);
    eve.documents.set("/users/eve", {
      ...(await actorDocument(eve, "eve")),
      assertionMethod: [
        {
          id: `${eve.actorUri}#ed25519`,
          type: "Multikey",
          controller: vic.actorUri,
          publicKeyMultibase: multibaseOf(other.publicKey),
        },
      ],
    });
    const foreign = prove(aNote("2"), {
      key: other.privateKey,
      inProof: { verificationMethod: `${eve.actorUri}#ed25519` },
    });
    expect(await deliver(here, eve, foreign)).toBe(401);
    const didKey = prove(aNote("3"), {
      key: other.privateKey,
      inProof: { verificationMethod: `did:key:${multibaseOf(other.publicKey)}` },
    });
    expect(await deliver(here, eve, didKey)).toBe(401);
    expect(await told()).toEqual([]);
  });

  test("by a key that is listed for HTTP signatures alone is refused", async () => {
    await publish(vicKey.publicKey, {
      assertionMethod: [],
      publicKey: [
        {
          id: `${vic.actorUri}#ed25519`,
          type: "Multikey",
          controller: vic.actorUri,
          publicKeyMultibase: multibaseOf(vicKey.publicKey),
        },
      ],
    });
    expect(await deliver(here, eve, prove(aNote("1")))).toBe(401);
  });

  test("for another purpose, of another suite, expired, from the future or long ago is refused", async () => {
    const at = (ms: number) => new Date(here.clock.now() + ms).toISOString();
    for (const inProof of [
      { proofPurpose: "authentication" },
      { cryptosuite: "eddsa-rdfc-2022" },
      { type: "Ed25519Signature2020" },
      { expires: at(-1) },
      { expires: "never" },
      { created: at(10 * MINUTE) },
      { created: at(-31 * DAY) },
      { created: undefined },
    ])
      expect(await deliver(here, eve, prove(aNote("1"), { inProof })), JSON.stringify(inProof)).toBe(401);
    expect(await deliver(here, eve, prove(aNote("1"), { inProof: { expires: at(MINUTE) } }))).toBe(202);
  });

  test("an unsigned delivery with a valid proof is refused, and nothing is fetched (SIG-01)", async () => {
    expect(await deliver(here, eve, prove(aNote("1")), { unsigned: true })).toBe(401);
    expect(here.network.log).toEqual([]);
  });

  test("two proofs, or one on a part alone, are no proof", async () => {
    const proved = prove(aNote("1"));
    expect(await deliver(here, eve, { ...proved, proof: [proved["proof"], proved["proof"]] })).toBe(401);
    const { proof, ...activity } = proved;
    expect(
      await deliver(here, eve, { ...activity, object: { ...(activity["object"] as Json), proof } }),
    ).toBe(401);
  });

  test("a rotated key is taken at its first proof", async () => {
    expect(await deliver(here, eve, prove(aNote("1")))).toBe(202);
    vicKey = generateKeyPairSync("ed25519");
    await publish();
    expect(await deliver(here, eve, prove(aNote("2")))).toBe(202);
    expect(await told()).toHaveLength(2);
  });

  test("an old Follow with its proof cannot be brought again after it was undone", async () => {
    const follow = {
      "@context": CONTEXT,
      id: "https://v.test/f",
      type: "Follow",
      actor: vic.actorUri,
      object: here.app.uris.actor(alice.actorId),
    };
    const proved = prove(follow);
    expect(await deliver(here, vic, proved)).toBe(202);
    await drain(here);
    expect(
      await deliver(here, vic, { id: "https://v.test/u", type: "Undo", actor: vic.actorUri, object: follow }),
    ).toBe(202);
    await drain(here);
    expect(await deliver(here, eve, proved)).toBe(202);
    await drain(here);
    const follows = await here.database.db.selectFrom("follows").selectAll().execute();
    expect(follows).toEqual([]);
  });

  test("many proofs by unknown keys of one host cost at most five fetches a minute (SIG-16)", async () => {
    expect(await deliver(here, eve, aCreate(eve, "0"))).toBe(202);
    const statuses: number[] = [];
    for (let index = 0; index < 10; index++)
      statuses.push(
        await deliver(
          here,
          eve,
          prove(aNote(String(index)), { inProof: { verificationMethod: `https://v.test/keys/${index}` } }),
        ),
      );
    expect(vic.asked.filter((path) => path.startsWith("/keys/"))).toHaveLength(5);
    expect(statuses).toEqual([...Array(5).fill(401), ...Array(5).fill(429)]);
  });

  test("what a blocked host wrote is refused, whoever brings it (MOD-02)", async () => {
    await here.database.db.insertInto("domain_blocks").values({ host: "v.test", created_at: 0 }).execute();
    here.app.hostRules.forget();
    expect(await deliver(here, eve, prove(aNote("1")))).toBe(403);
    expect(vic.asked).toEqual([]);
  });
});

describe("SIG-17: a linked data signature", () => {
  async function signed(document: Json, created = here.clock.now()): Promise<Json> {
    const options = { contextLoader: loadContext, created: toInstant(created) };
    return (await signJsonLd(document, vic.keys.privateKey, new URL(vic.keyId), options)) as Json;
  }
  function serve(id: string, content: string): void {
    vic.documents.set(`/notes/${id}`, {
      "@context": AS,
      ...(aCreate(vic, id, { content, ...toAlice() })["object"] as Json),
    });
  }

  test("on what somebody forwards is a reason to ask the origin, whose word counts", async () => {
    serve("1", "as it is now");
    expect(await deliver(here, eve, await signed(aNote("1", "as it was")))).toBe(202);
    expect(await told()).toEqual([expect.stringContaining("as it is now")]);
  });

  test("brings nothing when the origin has nothing, and is tried again when it does not answer", async () => {
    expect(await deliver(here, eve, await signed(aNote("1")))).toBe(202);
    expect(await told()).toEqual([]);
    vic.documents.set("/notes/2", new Response(null, { status: 503 }));
    expect(await deliver(here, eve, await signed(aNote("2")))).toBe(202);
    await drainWithFaults(here);
    serve("2", "late");
    here.clock.advance(30 * MINUTE);
    expect(await told()).toEqual([expect.stringContaining("late")]);
  });

  test("does not take the place of the activity itself", async () => {
    expect(await deliver(here, eve, await signed(aNote("1")))).toBe(202);
    expect(await told()).toEqual([]);
    expect(await deliver(here, vic, aNote("1"))).toBe(202);
    expect(await told()).toEqual([expect.stringContaining("genuine")]);
  });

  test("an embedded signature or proof is no replacement for the sender's own", async () => {
    const activity = {
      ...aCreate(vic, "1", toAlice()),
      signature: {
        type: "RsaSignature2017",
        creator: vic.keyId,
        created: "2020-01-01T00:00:00Z",
        signatureValue: "AAAA",
      },
    };
    expect(await deliver(here, eve, activity)).toBe(401);
    expect(await deliver(here, eve, activity, { unsigned: true })).toBe(401);
  });

  test("of a Delete deletes when the origin says that the note is gone, and not before", async () => {
    await deliver(here, vic, aNote("1"));
    expect(await told()).toHaveLength(1);
    serve("1", "still here");
    const goodbye = (id: string) => ({
      "@context": CONTEXT,
      id: `https://v.test/d${id}`,
      type: "Delete",
      actor: vic.actorUri,
      to: [`${AS}#Public`],
      object: { id: "https://v.test/notes/1", type: "Tombstone" },
    });
    expect(await deliver(here, eve, await signed(goodbye("1")))).toBe(202);
    expect(await told()).toHaveLength(1);
    vic.documents.set("/notes/1", new Response(null, { status: 410 }));
    expect(await deliver(here, eve, await signed(goodbye("2")))).toBe(202);
    expect(await told()).toEqual([]);
  });

  test("never stands for follows, likes or undoings", async () => {
    for (const type of ["Follow", "Like", "Undo", "Accept", "Block", "Move", "Flag"])
      expect(
        await deliver(
          here,
          eve,
          await signed({
            "@context": CONTEXT,
            id: `https://v.test/${type}`,
            type,
            actor: vic.actorUri,
            object: here.app.uris.actor(alice.actorId),
          }),
        ),
        type,
      ).toBe(401);
  });

  test("on a changed document, of another key, too old or from the future is refused", async () => {
    const genuine = await signed(aNote("1"));
    expect(await deliver(here, eve, { ...genuine, id: "https://v.test/other" })).toBe(401);
    expect(
      await deliver(here, eve, {
        ...genuine,
        signature: { ...(genuine["signature"] as Json), creator: eve.keyId },
      }),
    ).toBe(401);
    for (const ms of [-8 * DAY, 10 * MINUTE])
      expect(await deliver(here, eve, await signed(aNote("1"), here.clock.now() + ms))).toBe(401);
  });

  test("over the parts of one activity cannot make another of them (statements in another order)", async () => {
    const announce = {
      id: "https://v.test/a",
      type: "Announce",
      actor: vic.actorUri,
      object: "https://v.test/notes/1",
      to: [`${AS}#Public`],
    };
    const undo = await signed({
      "@context": CONTEXT,
      id: "https://v.test/u",
      type: "Undo",
      actor: vic.actorUri,
      object: announce,
    });
    const { signature, "@context": context, ...undoing } = undo;
    // The same statements, with what was undone on top; a word of no meaning holds the rest.
    const turned = { "@context": context, ...announce, rest: { ...undoing, object: announce.id }, signature };
    serve("1", "x");
    await deliver(here, eve, turned);
    await drainWithFaults(here);
    const entries = await here.database.db.selectFrom("entries").selectAll().execute();
    expect(entries.filter((one) => one.announce === 1)).toEqual([]);
  });

  test("a poisoned graph of nodes without names is refused quickly (JLD-10)", async () => {
    const names = Array.from({ length: 9 }, (_, index) => `_:b${index}`);
    const clique = names.map((id) => ({
      id,
      type: "Note",
      tag: names.filter((one) => one !== id).map((one) => ({ id: one })),
    }));
    const document = {
      ...aNote("1"),
      attachment: clique,
      signature: {
        type: "RsaSignature2017",
        creator: vic.keyId,
        created: new Date(here.clock.now()).toISOString(),
        signatureValue: "AAAA",
      },
    };
    await deliver(here, eve, aCreate(eve, "0"));
    const start = performance.now();
    expect(await deliver(here, eve, document)).toBe(401);
    expect(performance.now() - start).toBeLessThan(1_000);
  });
});
