import { rm } from "node:fs/promises";
import { join as joinPath } from "node:path";
import type { App } from "../context.ts";
import { type Config, parseConfig } from "../config.ts";
import type { DrillReport, DrillStep } from "../domain/chore.ts";
import { asId } from "../domain/ids.ts";
import { keysOfPhrase, newPhrase } from "../lifeboat/phrase.ts";
import { OperatorFault, reasonOf } from "../ops/fault.ts";
import { type RunningServer, startServer } from "../ops/server.ts";
import { findLocalActorId, findRelationship } from "../services/actors/actors.ts";
import { tendEvacuations } from "../services/escapes/evacuations.ts";
import { signOrder } from "../services/escapes/trustees.ts";
import { requestSeal } from "../services/escapes/kits.ts";
import { search } from "../services/search.ts";
import { answerOffer } from "../services/standbys/agreements.ts";
import { giveConsent } from "../services/standbys/consents.ts";
import { inviteStandby } from "../services/standbys/invitations.ts";
import { tendStandbys } from "../services/standbys/upkeep.ts";
import { profileTimeline } from "../services/timelines.ts";
import { dress, follow, join, type Person, post, setUp, until } from "./people.ts";
import { PALETTES } from "./pictures.ts";

/** Three servers on this machine: `harbour` will be lost, `hill` is its standby, on `meadow` live people who follow. */
export type Shore = { harbour: RunningServer; hill: RunningServer; meadow: RunningServer };

/** Is told each step as it ends. */
export type Teller = (step: DrillReport["steps"][number]) => void | Promise<void>;

/** Everybody in the story. */
type Cast = {
  readonly ada: Person;
  readonly lin: Person;
  readonly mei: Person;
  readonly tom: Person;
  readonly ivy: Person;
};

const GRACE_MS = 2_000;
const TRUSTEES = 3;
const NEEDED = 2;

type Story = {
  readonly folder: string;
  readonly ports: readonly [string, string, string];
  readonly shore: Partial<Shore>;
  cast: Cast | null;
  agreementUri: string;
  readonly phrases: string[];
};

/**
 * Plays the loss of a server from beginning to end, over real HTTP: two communities agree, people write, others follow from a
 * third server, the first one is killed and its folder deleted, trustees decide, the second launches, the followers arrive.
 * Ends at the first step that fails. The servers that still run are in `shore`; whoever called stops them.
 */
export async function playLifeboat(
  places: { readonly folder: string; readonly ports: readonly [string, string, string] },
  shore: Partial<Shore>,
  tell: Teller,
): Promise<DrillReport> {
  const story: Story = { ...places, shore, cast: null, agreementUri: "", phrases: [] };
  const steps: DrillReport["steps"][number][] = [];
  for (const [step, play] of STEPS) {
    const begun = performance.now();
    const [isWell, text] = await play(story).then(
      (said) => [true, said] as const,
      (error: unknown) => [false, `${reasonOf(error)}.`] as const,
    );
    const done = { step, isWell, ms: Math.round(performance.now() - begun), text };
    steps.push(done);
    await tell(done);
    if (!isWell) return { isWell, steps };
  }
  return { isWell: true, steps };
}

const STEPS: readonly (readonly [DrillStep, (story: Story) => Promise<string>])[] = [
  ["start", start],
  ["fill", fill],
  ["pair", pair],
  ["follow", followThem],
  ["replicate", replicate],
  ["seal", seal],
  ["lose", lose],
  ["decide", decide],
  ["launch", launch],
  ["arrive", arrive],
];

async function start({ folder, ports, shore }: Story): Promise<string> {
  const [a, b, c] = ports;
  shore.harbour = await startServer(configOf(a, "localhost", joinPath(folder, "harbour")));
  shore.hill = await startServer(configOf(b, "127.0.0.1", joinPath(folder, "hill")));
  // Only Linux has more than one loopback address without being asked to.
  const third = process.platform === "linux" ? "127.0.0.2" : "localhost";
  shore.meadow = await startServer(configOf(c, third, joinPath(folder, "meadow")));
  const origins = [shore.harbour, shore.hill, shore.meadow].map(({ config }) => config.origin);
  return `Harbour ${origins[0] ?? ""}, Hillside ${origins[1] ?? ""}, Meadow ${origins[2] ?? ""}.`;
}

function configOf(port: string, host: string, dataDir: string): Config {
  const parsed = parseConfig({
    PORT: port,
    HOST: host === "localhost" ? "127.0.0.1" : host,
    CAUSEWAY_ORIGIN: `http://${host}:${port}`,
    CAUSEWAY_DATA: dataDir,
    CAUSEWAY_ALLOW_PRIVATE_ADDRESSES: "yes",
  });
  if (!parsed.ok) throw new OperatorFault(parsed.faults.join(" "), 2);
  return parsed.config;
}

async function fill(story: Story): Promise<string> {
  const { harbour, hill, meadow } = running(story);
  const ada = await setUp(harbour, {
    serverName: "Harbour · 港湾",
    username: "ada",
    languages: ["en", "zh-Hans"],
  });
  const ivy = await setUp(hill, {
    serverName: "山坡 · Hillside",
    username: "ivy",
    languages: ["zh-Hans", "en"],
  });
  const mei = await setUp(meadow, { serverName: "Meadow", username: "mei", languages: ["en"] });
  const lin = await join(harbour, "lin", ["zh-Hans", "en"]);
  const tom = await join(meadow, "tom", ["en"]);
  const bio = "I repair boats and draw maps. **Tides**, ropes and slow mornings.";
  await dress(ada, "Ada at the harbour", bio, PALETTES.dawn, 2);
  await dress(lin, "林小舟", "写诗，也写程序。住在港口旁边。", PALETTES.mist, 5);
  await post(ada, {
    source:
      "Low tide this morning, and the old **causeway** came up out of the water, stone by stone. #tides",
    language: "en",
    picture: {
      palette: PALETTES.dawn,
      seed: 4,
      alt: "A row of dark stones leads over still water towards purple hills at sunrise.",
    },
  });
  await post(lin, { source: "潮水退去，\n石头一块一块地醒来。 #诗", language: "zh-Hans" });
  story.cast = { ada, lin, mei, tom, ivy };
  return "Ada and Lin live at Harbour and have written; Mei and Tom live at Meadow.";
}

async function phraseKeys(phrase: string) {
  const keys = await keysOfPhrase(phrase);
  if (keys === null) throw new Error("a new phrase is a phrase");
  return keys;
}

async function pair(story: Story): Promise<string> {
  const { harbour, hill } = running(story);
  for (let count = 0; count < TRUSTEES; count += 1) story.phrases.push(newPhrase());
  const dids = await Promise.all(story.phrases.map(async (phrase) => (await phraseKeys(phrase)).did));
  const id = await inviteStandby(harbour, {
    standby: hill.config.origin,
    withFollowersOnly: true,
    maxGigabytes: "1",
    trustees: dids.join(" "),
    threshold: String(NEEDED),
    waitHours: "0",
  });
  const asked = await until("the offer arrives at the standby", () =>
    findAgreement(hill, "standby", "asked"),
  );
  await answerOffer(hill, asked.id, "agree");
  const agreed = await until("the agreement comes back", () => findAgreement(harbour, "home", "agreed"));
  story.agreementUri = agreed.uri;
  const { ada, lin } = castOf(story);
  for (const { app, viewer } of [ada, lin]) await giveConsent(app, viewer, id);
  return `Hillside agreed to stand by for Harbour; ${NEEDED} of ${TRUSTEES} trustees may launch; Ada and Lin said yes.`;
}

async function findAgreement(app: App, role: string, state: string) {
  const row = await app.db
    .selectFrom("standby_agreements")
    .select(["id", "uri"])
    .where("role", "=", role)
    .where("state", "=", state)
    .executeTakeFirst();
  return row ?? null;
}

async function followThem(story: Story): Promise<string> {
  const { ada, lin, mei, tom } = castOf(story);
  await follow(mei, ada);
  await follow(tom, ada);
  await follow(mei, lin);
  return "Mei follows Ada and Lin, Tom follows Ada.";
}

async function replicate(story: Story): Promise<string> {
  const { harbour, hill } = running(story);
  await tendStandbys(harbour);
  const kept = await until("copies arrive at the standby", async () => {
    const notes = await hill.db.selectFrom("standby_records").select("object_uri").execute();
    const members = await hill.db.selectFrom("standby_members").select("id").execute();
    const missing = await hill.db
      .selectFrom("standby_media")
      .select("hash")
      .where("file", "is", null)
      .execute();
    return notes.length >= 2 && members.length === 2 && missing.length === 0 ? notes.length : null;
  });
  return `${kept} notes and their pictures are at Hillside, with a hidden place for each of the two.`;
}

async function seal(story: Story): Promise<string> {
  const { harbour, hill } = running(story);
  const { ada, lin } = castOf(story);
  for (const { viewer } of [ada, lin]) await requestSeal(harbour, viewer.actorId);
  await until("the sealed messages are at the standby", async () => {
    await tendStandbys(harbour);
    const sealed = await hill.db
      .selectFrom("standby_members")
      .select("kit")
      .where("kit", "is not", null)
      .execute();
    const isWhole = sealed.length === 2 && sealed.every(({ kit }) => kit?.includes(`"host":`) === true);
    return isWhole ? true : null;
  });
  return "For each of them Harbour signed in advance where they would go. The messages lie at Hillside.";
}

async function lose(story: Story): Promise<string> {
  const { harbour } = story.shore;
  await harbour?.stop(0);
  delete story.shore.harbour;
  await rm(joinPath(story.folder, "harbour"), { recursive: true, force: true });
  const origin = harbour?.config.origin ?? "";
  const isSilent = await fetch(origin).then(
    () => false,
    () => true,
  );
  if (!isSilent) throw new OperatorFault(`Something still answers at ${origin}`);
  return `${origin} is gone: the process, the database, the keys.`;
}

async function decide(story: Story): Promise<string> {
  const { hill } = running(story);
  const [first = "", second = ""] = story.phrases;
  const common = { agreementUri: story.agreementUri, reason: "host_lost", ip: "127.0.0.1" };
  const asked = await signOrder(hill, { ...common, phrase: first, orderUri: null });
  if (asked.state !== "asked") throw new OperatorFault("One trustee alone was enough");
  const decided = await signOrder(hill, { ...common, phrase: second, orderUri: asked.uri });
  if (decided.approvals !== NEEDED) throw new OperatorFault("The second trustee did not count");
  return `One trustee was not enough; the second one made it ${decided.approvals} of ${TRUSTEES}.`;
}

async function launch(story: Story): Promise<string> {
  const { hill } = running(story);
  const told = await until("everybody was brought over", async () => {
    await tendEvacuations(hill);
    const members = await hill.db.selectFrom("standby_members").select("state").execute();
    const rows = await hill.db.selectFrom("escapes").select("state").execute();
    const isOver = members.every(({ state }) => state === "launched") && rows.length > 0;
    return isOver && rows.every(({ state }) => state === "answered") ? rows.length : null;
  });
  return `Hillside opened two places and told ${told} times where they are, with the messages of a server that no longer exists.`;
}

async function arrive(story: Story): Promise<string> {
  const { mei, tom, ada, lin } = castOf(story);
  for (const [fan, author] of [
    [mei, ada],
    [tom, ada],
    [mei, lin],
  ] as const)
    await until(`${fan.viewer.username} follows ${author.viewer.username} at Hillside`, () =>
      followsAt(story, fan, author),
    );
  const { hill } = running(story);
  const { notes, pictures } = await until("what they wrote stands at Hillside", () => writingsAt(hill));
  const handle = `@ada@${hill.config.handleHost}`;
  return `All three follows are back, and nobody had to do anything: ${handle}, ${hill.uris.profile("ada")}. Of what they wrote, ${notes} notes and ${pictures} picture stand there.`;
}

/** What came along of the two members, once all of it is there; read as anybody reads their profiles. */
async function writingsAt(hill: App): Promise<{ readonly notes: number; readonly pictures: number } | null> {
  let [notes, pictures] = [0, 0];
  for (const username of ["ada", "lin"]) {
    const actorId = await findLocalActorId(hill, username);
    if (actorId === null) return null;
    const { items } = await profileTimeline(hill, null, actorId, { limit: 20 });
    notes += items.length;
    pictures += items.reduce((sum, { note }) => sum + note.attachments.length, 0);
  }
  return notes >= 2 && pictures >= 1 ? { notes, pictures } : null;
}

/** Whether somebody follows the new home of another one, seen from where they live. */
async function followsAt(story: Story, fan: Person, author: Person): Promise<true | null> {
  const { hill } = running(story);
  const handle = `@${author.viewer.username}@${hill.config.handleHost}`;
  const [actor] = (await search(fan.app, fan.viewer, handle)).actors;
  if (actor === undefined) return null;
  const { following } = await findRelationship(fan.app, fan.viewer, asId(actor.id));
  return following === "accepted" ? true : null;
}

function running({ shore }: Story): { readonly harbour: App; readonly hill: App; readonly meadow: App } {
  const appOf = (server: RunningServer | undefined): App => {
    if (server === undefined) throw new OperatorFault("That server does not run any more");
    return server.instance.app;
  };
  return {
    get harbour() {
      return appOf(shore.harbour);
    },
    get hill() {
      return appOf(shore.hill);
    },
    get meadow() {
      return appOf(shore.meadow);
    },
  };
}

function castOf({ cast }: Story): Cast {
  if (cast === null) throw new OperatorFault("Nobody lives there yet");
  return cast;
}

/** Stops what still runs, the last first: each takes its guard of the global fetch off again. */
export async function leaveShore(shore: Partial<Shore>): Promise<void> {
  for (const server of [shore.meadow, shore.hill, shore.harbour]) await server?.stop(GRACE_MS);
}
