import sharp from "sharp";
import type { ActorId, NoteId } from "../../../server/domain/ids.ts";
import { receiveActor } from "../../../server/services/actors/actors.ts";
import { fetchNoteId } from "../../../server/services/notes/received-notes.ts";
import { updateProfile } from "../../../server/services/accounts/profile.ts";
import { getInstanceActorId } from "../../../server/services/accounts/settings.ts";
import { aMember, createInstance, type Member, type TestInstance } from "../../support/instance.ts";
import { drain } from "../../support/network.ts";
import { aCreate, createPeer, deliver, type Peer } from "../peer.ts";
import { normalised, type Names } from "./normalise.ts";

type Json = Record<string, unknown>;

/** The situation of the page: Alice at social.example, Bo at elsewhere.example, each of whom follows nobody yet. */
export type World = {
  readonly here: TestInstance;
  readonly alice: Member;
  readonly bo: Peer;
  readonly aliceUri: string;
  /** Calls an id by a name in everything that is shown. */
  name(id: number | string, name: string): void;
  /** The document at an address as a server is given it. */
  get(url: string, accept?: string): Promise<Json>;
  /** What bo's server is sent by an action of ours, all jobs done. */
  sentBy(action: () => Promise<unknown>): Promise<readonly Json[]>;
  /** The one activity of a type among them. */
  theOne(type: string, action: () => Promise<unknown>): Promise<Json>;
  /** Bo's server sends an activity, and we do what follows from it. */
  receive(activity: Json): Promise<void>;
  /** Bo follows Alice, and hears of what she does from now on. */
  boFollows(): Promise<void>;
  /** Bo's id here. */
  findBo(): Promise<ActorId>;
  /** A public note of Bo's, known here. */
  boPosts(note?: Json): Promise<NoteId>;
  /** Every context that was served or sent, to be compared with the page's. */
  readonly contexts: Set<string>;
  /** As the page shows it: without what all documents share, and with names instead of ids. */
  shown(json: unknown): unknown;
  /** The same with all that there is. */
  shownWhole(json: unknown): unknown;
};

/** Makes a situation in a fresh world and gives the documents it leads to, by the names of the page's examples. */
export type Story = (world: World) => Promise<Readonly<Record<string, unknown>>>;

export const AS2 = "application/activity+json";
export const PUBLIC = "https://www.w3.org/ns/activitystreams#Public";

/** Makes the world anew. The clock stands at noon of 1 June 2026. */
export async function createWorld(environment: Readonly<Record<string, string>> = {}): Promise<World> {
  const here = await createInstance({ host: "social.example", environment });
  const alice = await aMember(here, "alice");
  await updateProfile(here.app, alice.viewer, { name: "Alice", bioSource: "Gardens and trains." });
  await drain(here);
  const bo = await createPeer(here, "elsewhere.example", "bo");
  const names: Names = new Map();
  const contexts = new Set<string>();
  const aliceUri = here.app.uris.actor(alice.viewer.actorId);
  names.set(String(await getInstanceActorId(here.app)), "1");
  names.set(String(alice.viewer.actorId), "101");
  const sentBy = async (action: () => Promise<unknown>) => {
    await drain(here);
    bo.received.length = 0;
    await action();
    await drain(here);
    for (const { json } of bo.received) {
      contexts.add(JSON.stringify(json["@context"]));
      if (json["proof"] === undefined) throw new Error(`${String(json["type"])} has no proof.`);
    }
    return bo.received.map(({ json }) => json);
  };
  const receive = async (activity: Json) => {
    const status = await deliver(here, bo, { actor: bo.actorUri, ...activity });
    if (status !== 202) throw new Error(`${String(activity["type"])} was answered with ${status}.`);
    await drain(here);
  };
  return {
    here,
    alice,
    bo,
    aliceUri,
    name: (id, name) => void names.set(String(id), name),
    async get(url, accept = AS2) {
      const json = await getJson(here, url, accept);
      if (accept === AS2) contexts.add(JSON.stringify(json["@context"]));
      return json;
    },
    contexts,
    sentBy,
    async theOne(type, action) {
      const all = (await sentBy(action)).filter((json) => json["type"] === type);
      // One activity may go to several inboxes of a server.
      const found = [...new Map(all.map((json) => [json["id"], json])).values()];
      const [one] = found;
      if (one === undefined || found.length > 1)
        throw new Error(`${found.length} of type ${type} were sent.`);
      return one;
    },
    receive,
    boFollows: () => receive({ id: "https://elsewhere.example/follows/7", type: "Follow", object: aliceUri }),
    async findBo() {
      const received = await here.app.remote.findActor(bo.actorUri);
      if (received === null) throw new Error("Bo was not found.");
      return await receiveActor(here.app, received);
    },
    async boPosts(note = {}) {
      const object = aCreate(bo, "5", { content: "<p>Tea, anyone?</p>", ...note })["object"] as Json;
      bo.documents.set("/notes/5", { "@context": "https://www.w3.org/ns/activitystreams", ...object });
      const id = await fetchNoteId(here.app, "https://elsewhere.example/notes/5");
      if (id === null) throw new Error("Bo's note was not found.");
      return id;
    },
    shown: (json) => normalised(withoutShared(json), names),
    shownWhole: (json) => normalised(json, names),
  };
}

async function getJson(here: TestInstance, url: string, accept: string): Promise<Json> {
  const response = await here.request(url, { headers: { accept } });
  if (response.status !== 200 && response.status !== 410)
    throw new Error(`${url} answered ${response.status}`);
  return (await response.json()) as Json;
}

/** The context and the proof are the same in all documents; each has an example of its own. */
function withoutShared(json: unknown): unknown {
  if (typeof json !== "object" || json === null || Array.isArray(json)) return json;
  const { "@context": _context, proof: _proof, ...rest } = json as Json;
  return rest;
}

/** A picture as somebody uploads it. */
export async function aPicture(): Promise<Buffer> {
  return await sharp({ create: { width: 120, height: 80, channels: 3, background: "#284" } })
    .png()
    .toBuffer();
}
