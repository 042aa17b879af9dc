import { describe, expect, test } from "vitest";
import { escapeWay } from "../../server/domain/move-forms.ts";
import {
  change,
  alias,
  anEscape,
  type EscapeScene,
  type HandMadeForm,
  post,
  sealed,
  unsealed,
} from "./peers/scene.ts";
import { gone, kill, seize } from "./peers/disasters.ts";
import { serveEmulator } from "./peers/loopback.ts";
import { PEER_RULES, type PeerKind } from "./peers/rules.ts";

// What becomes of the followers on each kind of server, for each way to lose a home: the table of docs/lifeboat.md, as it
// comes out when messages are sent to servers that follow their own rules. Three people follow; all move or none do.

const DAY = 86_400_000;
const ORIGINS = ["up", "dead", "seized", "gone"] as const;
const KEYS = ["live", "sealed"] as const;

/** Which form is sent where, and who follows along: with a live key and with sealed messages alone, by what is left of the origin. */
const TABLE: Readonly<
  Record<PeerKind, { readonly form: HandMadeForm; readonly live: string; readonly sealed: string }>
> = {
  mastodon: { form: "move", live: "up dead seized gone", sealed: "up dead seized gone" },
  gotosocial: { form: "move", live: "up dead seized gone", sealed: "" },
  misskey: { form: "update", live: "up dead seized gone", sealed: "up dead seized gone" },
  akkoma: { form: "move", live: "up dead seized gone", sealed: "" },
  bonfire: { form: "move", live: "up dead seized gone", sealed: "" },
  mitra: { form: "move", live: "up dead seized gone", sealed: "" },
  pixelfed: { form: "move", live: "up", sealed: "" },
  hollo: { form: "embedded", live: "up dead seized gone", sealed: "up dead seized gone" },
  ghost: { form: "move", live: "up dead seized gone", sealed: "up dead seized gone" },
  friendica: { form: "move", live: "up dead seized gone", sealed: "up dead seized gone" },
  lemmy: { form: "move", live: "", sealed: "" },
  peertube: { form: "move", live: "", sealed: "" },
  wordpress: { form: "move", live: "", sealed: "" },
};

const KINDS = Object.keys(PEER_RULES) as readonly PeerKind[];
const THREE = 3;

async function lose({ network, old, home }: EscapeScene, origin: (typeof ORIGINS)[number]): Promise<void> {
  if (origin === "up") change(old, { movedTo: home.actorUri });
  if (origin === "dead") kill(network, old.host);
  if (origin === "gone") gone(network, old.host);
  if (origin === "seized") {
    const documents = [...old.documents].flatMap(([path, document]) =>
      document instanceof Response ? [] : [[path, document] as const],
    );
    await seize(network, old.host, new Map(documents));
  }
}

const send = async (scene: EscapeScene, form: HandMadeForm, key: (typeof KEYS)[number]): Promise<number> =>
  await post(scene, key === "live" ? scene.old : scene.home, await sealed(scene, form));

describe.each(KINDS)("%s", (kind) => {
  const row = TABLE[kind];
  test.each(ORIGINS.flatMap((origin) => KEYS.map((key) => [origin, key] as const)))(
    "with the origin %s and the key %s does as the table says",
    async (origin, key) => {
      const scene = await anEscape(kind);
      await lose(scene, origin);
      alias(scene);
      await send(scene, row.form, key);
      const follows = row[key].split(" ").includes(origin);
      // What a launch counts on is what comes out.
      const way = escapeWay(PEER_RULES[kind].software, {
        origin: origin === "up" ? "answers" : "silent",
        key,
      });
      expect("form" in way ? way.form : null).toBe(follows ? row.form : null);
      expect(scene.emulator.followersOf(scene.home.actorUri)).toHaveLength(follows ? THREE : 0);
      const stays = !follows || PEER_RULES[kind].move?.keepsOld === true;
      expect(scene.emulator.followersOf(scene.old.actorUri)).toHaveLength(stays ? THREE : 0);
    },
  );

  test("moves nobody while the new home does not name the old one", async () => {
    // Friendica was not seen to look.
    if (kind === "friendica") return;
    const scene = await anEscape(kind);
    for (const key of KEYS) await send(scene, row.form, key);
    expect(scene.emulator.followersOf(scene.home.actorUri)).toEqual([]);
    expect(scene.emulator.followersOf(scene.old.actorUri)).toHaveLength(THREE);
  });
});

describe("what each needs", () => {
  const followers = ({ emulator, home }: EscapeScene) => emulator.followersOf(home.actorUri).length;

  test("Misskey asks the old actor when it gets a Move, and needs no answer for an Update", async () => {
    const scene = await anEscape("misskey");
    alias(scene);
    change(scene.old, { movedTo: scene.home.actorUri });
    kill(scene.network, scene.old.host);
    await send(scene, "move", "live");
    expect(followers(scene)).toBe(0);
    await send(scene, "update", "sealed");
    expect(followers(scene)).toBe(THREE);
  });

  test("Misskey takes an activity only with an id on the host of its actor, and aliases only as a list", async () => {
    const scene = await anEscape("misskey");
    change(scene.home, { alsoKnownAs: scene.old.actorUri });
    await send(scene, "update", "sealed");
    expect(followers(scene)).toBe(0);
    alias(scene);
    const elsewhere = { ...unsealed(scene, "update", scene.home.actorUri), id: "https://new.test/moves/1" };
    await post(scene, scene.old, elsewhere);
    expect(followers(scene)).toBe(0);
  });

  test("Hollo cannot read the object of a Move whose origin is dead, unless it came along", async () => {
    const scene = await anEscape("hollo");
    alias(scene);
    kill(scene.network, scene.old.host);
    await send(scene, "move", "sealed");
    expect(followers(scene)).toBe(0);
    await send(scene, "embedded", "sealed");
    expect(followers(scene)).toBe(THREE);
  });

  test("Akkoma wants the object as an id, and believes what it knows of the new home", async () => {
    const scene = await anEscape("akkoma");
    await scene.emulator.follow(scene.home.actorUri, 1);
    alias(scene);
    await send(scene, "embedded", "live");
    await send(scene, "move", "live");
    expect(scene.emulator.moves.map((one) => one.outcome)).toEqual([
      "the object is no id",
      "the new actor does not know the old one",
    ]);
  });

  test("Mastodon asks nothing of the old host, and of the new one its actor, its key and its WebFinger", async () => {
    const scene = await anEscape("mastodon");
    alias(scene);
    await send(scene, "move", "sealed");
    expect(followers(scene)).toBe(THREE);
    expect(scene.emulator.asked.filter((url) => url.startsWith("https://old.test"))).toEqual([]);
    expect(scene.emulator.asked.filter((url) => url.includes("webfinger"))).toHaveLength(1);
  });

  test("Mastodon needs a carrier whose own key can be had", async () => {
    const scene = await anEscape("mastodon");
    alias(scene);
    const stranger = { ...scene.home, keyId: "https://nobody.test/users/x#main-key" };
    expect(await post(scene, stranger, await sealed(scene, "move"))).toBe(401);
    expect(followers(scene)).toBe(0);
  });

  test.each(["mastodon", "misskey", "hollo", "ghost"] as const)(
    "%s refuses an altered seal",
    async (kind) => {
      const scene = await anEscape(kind);
      alias(scene);
      const { form } = TABLE[kind];
      const whole = await sealed(scene, form);
      await post(scene, scene.home, { ...whole, target: scene.home.actorUri, to: ["https://x.test/1"] });
      await post(scene, scene.home, { ...whole, id: `${scene.old.actorUri}#moves/2` });
      expect(followers(scene)).toBe(0);
    },
  );

  test.each(["mastodon", "hollo", "ghost"] as const)(
    "at %s a seizer who was first made the seal worthless",
    async (kind) => {
      const scene = await anEscape(kind);
      alias(scene);
      const before = await sealed(scene, TABLE[kind].form);
      await lose(scene, "seized");
      const documents = new Map([["/users/ann", scene.old.documents.get("/users/ann") as never]]);
      const { keys } = await seize(scene.network, "old.test", documents);
      const like = {
        ...unsealed(scene, "move", "https://x.test/1"),
        id: `${scene.old.actorUri}#likes/9`,
        type: "Like",
      };
      expect(await post(scene, scene.old, like, keys)).toBe(202);
      await post(scene, scene.home, before);
      expect(followers(scene)).toBe(0);
    },
  );

  test("GoToSocial does not look at a key again because a signature does not fit", async () => {
    const scene = await anEscape("gotosocial");
    alias(scene);
    const { keys } = await seize(
      scene.network,
      "old.test",
      new Map([["/users/ann", scene.old.documents.get("/users/ann") as never]]),
    );
    const like = {
      ...unsealed(scene, "move", "https://x.test/1"),
      id: `${scene.old.actorUri}#likes/9`,
      type: "Like",
    };
    expect(await post(scene, scene.old, like, keys)).toBe(401);
    await send(scene, "move", "live");
    expect(followers(scene)).toBe(THREE);
  });

  test("Mastodon deletes who is gone when it looks, and follows again who came back with new keys", async () => {
    const first = await anEscape("mastodon");
    gone(first.network, "old.test");
    await first.emulator.refresh(first.old.actorUri);
    expect(first.emulator.followersOf(first.old.actorUri)).toEqual([]);

    const second = await anEscape("mastodon");
    await second.old.rotate();
    const before = second.old.received.length;
    await second.emulator.refresh(second.old.actorUri);
    expect(second.old.received.slice(before).map((one) => one.json["type"])).toEqual([
      "Follow",
      "Follow",
      "Follow",
    ]);
  });

  test("Mastodon lets go of the old one only when the new one took the follow", async () => {
    const scene = await anEscape("mastodon");
    alias(scene);
    scene.home.inboxStatus = 503;
    await send(scene, "move", "live");
    expect(scene.emulator.followersOf(scene.old.actorUri)).toHaveLength(THREE);
    expect(followers(scene)).toBe(0);
    scene.home.inboxStatus = 202;
    await scene.emulator.work();
    expect(scene.emulator.followersOf(scene.old.actorUri)).toEqual([]);
    expect(followers(scene)).toBe(THREE);
  });
});

describe("how soon again", () => {
  test.each([
    ["mastodon", 7, "move"],
    ["gotosocial", 7, "move"],
    ["misskey", 14, "update"],
  ] as const)("%s looks at no other move for %i days", async (kind, days, form) => {
    const scene = await anEscape(kind);
    const first = scene.home.actorUri;
    const last = () => scene.emulator.moves.at(-1)?.outcome;
    alias(scene);
    await post(scene, scene.old, unsealed(scene, form, first));
    expect(last()).toBe("moved");
    await scene.emulator.follow(scene.old.actorUri, 1);
    scene.clock.advance((days - 1) * DAY);
    await post(scene, scene.old, unsealed(scene, form, first));
    expect(last()).toBe("too soon");
    scene.clock.advance(2 * DAY);
    await post(scene, scene.old, unsealed(scene, form, first));
    expect(last()).toBe("moved");
  });

  test("an attempt that failed costs five minutes at GoToSocial, and nothing at Mastodon", async () => {
    for (const [kind, next] of [
      ["mastodon", "moved"],
      ["gotosocial", "too soon"],
    ] as const) {
      const scene = await anEscape(kind);
      await send(scene, "move", "live");
      alias(scene);
      await send(scene, "move", "live");
      expect(scene.emulator.moves.at(-1)?.outcome).toBe(next);
      scene.clock.advance(6 * 60_000);
      await send(scene, "move", "live");
      expect(scene.emulator.followersOf(scene.home.actorUri)).toHaveLength(THREE);
    }
  });
});

test("emulators speak over real connections as well", async () => {
  const [one, other] = [await serveEmulator("mastodon"), await serveEmulator("gotosocial", { eager: true })];
  await expect(other.follow(`${one.origin}/users/p1`, 1)).rejects.toThrow("cannot read");
  one.addPeople(1);
  await other.follow(`${one.origin}/users/p1`, 3);
  expect(one.deliveries.map(({ type, status, path }) => [type, status, path])).toEqual(
    Array.from({ length: 3 }, () => ["Follow", 202, "/users/p1/inbox"]),
  );
  expect(other.followersOf(`${one.origin}/users/p1`)).toHaveLength(3);
});
