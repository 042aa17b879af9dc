import { keysOfPhrase } from "../../../../server/lifeboat/phrase.ts";
import { newArrival } from "../../../../server/services/arrivals/records.ts";
import { chooseOwnHome, getKitText } from "../../../../server/services/escapes/kits.ts";
import { keepSignedNotice, signNotice } from "../../../../server/services/escapes/notices.ts";
import { takeIdentity } from "../../../../server/services/identities/phrases.ts";
import { insertArrival, insertArrivedNote } from "../../../../server/store/arrivals.ts";
import { transaction } from "../../../../server/store/database.ts";
import { aNote } from "../../../support/instance.ts";
import type { Story } from "../world.ts";

/** The words of the page's Alice; nobody else should use them. */
const PHRASE = "legal winner thank year wave sausage worth useful legal winner thank yellow";
const OLD = "https://harbour.example/users/9";

type Kit = { readonly homes: readonly Readonly<Record<string, unknown>>[] };

async function phraseKeys() {
  const keys = await keysOfPhrase(PHRASE);
  if (keys === null) throw new Error("These are the words of a phrase.");
  return keys;
}

export const lifeboat: Readonly<Record<string, Story>> = {
  async identity({ here, alice, get, aliceUri }) {
    await takeIdentity(here.app, alice.viewer, await phraseKeys());
    const { id, type, attachment } = await get(aliceUri);
    return { identity: { id, type, attachment, "…": "as above" } };
  },

  async migration({ here, alice, get, name, aliceUri }) {
    const { app } = here;
    const note = await aNote(here, { by: alice.viewer, source: "Taken along." });
    name(note.id, "201");
    const arrival = newArrival(app, alice.viewer.actorId, { source: "lifeboat", state: "done", size: 1 });
    const { actorId } = alice.viewer;
    const oldUri = "https://harbour.example/notes/42";
    await insertArrival(app.db, { ...arrival, actor_uri: OLD });
    await insertArrivedNote(app.db, { actorId, oldUri, noteId: note.id, arrivalId: arrival.id });
    const { id, type, migration, moves } = await get(aliceUri);
    const collection = await get(`${aliceUri}/migration`);
    const { id: noteUri, type: kind, migratedFrom, migratedAt } = await get(note.uri);
    return {
      migrant: { id, type, migration, moves, "…": "as above" },
      migrated: { id: noteUri, type: kind, migratedFrom, migratedAt, "…": "as below" },
      migration: collection,
      "migration-page": await get(String(collection["first"])),
    };
  },

  async successor({ here, get, aliceUri }) {
    const { app } = here;
    const notice = signNotice(await phraseKeys(), { oldUri: OLD, newUri: aliceUri, now: app.clock.now() });
    await transaction(app.db, (tx) => keepSignedNotice(tx, notice, app.clock.now()));
    const address = `/.well-known/causeway/successor?uri=${encodeURIComponent(OLD)}`;
    return { successor: await get(address, "application/json") };
  },

  async kit(world) {
    const { here, alice, bo } = world;
    await world.boFollows();
    await world.sentBy(() => chooseOwnHome(here.app, alice.viewer, bo.actorUri));
    const kit = JSON.parse((await getKitText(here.app, alice.viewer.actorId)) ?? "{}") as Kit;
    const homes = kit.homes.map((home) => ({ ...home, embedded: "…", update: "…" }));
    return { kit: { ...kit, homes } };
  },

  async standbyServer({ get }) {
    return { "standby-server": await get("/.well-known/causeway/standby", "application/json") };
  },
};
