import { afterEach, expect, test } from "vitest";
import { eachDatabase } from "../support/databases.ts";
import { drainWithFaults } from "../support/network.ts";
import { csrfToken } from "../../web/session.ts";
import { hostileAnswers, hostileLookUps } from "./answers.ts";
import { hostileLifeboats, hostileLists, hostileMedia, type HostileFile } from "./files.ts";
import { differences, openScene, type Scene } from "./scene.ts";

let scene: Scene | null = null;
afterEach(async () => {
  await scene?.close();
  scene = null;
});

/** The tables in which something may be written down: that a file came, what became of its rows, and nothing else. */
const OWN_PAPERS = /^(?:transfers|transfer_rows|arrivals|uploads) /;

async function send(open: Scene, path: string, body: FormData, who: "app" | "session"): Promise<Response> {
  const headers: Record<string, string> =
    who === "app"
      ? { authorization: `Bearer ${open.token}` }
      : { cookie: `__Host-session=${open.bob.sessionToken}`, origin: open.home.app.config.origin };
  if (who === "session") body.set("csrf", csrfToken(open.home.app, open.bob.sessionToken));
  return await open.home.request(path, { method: "POST", body, headers, redirect: "manual" });
}

const fileOf = ({ bytes, name, type }: HostileFile): File =>
  new File([new Uint8Array(bytes)], name, { type });

async function search(open: Scene, words: string): Promise<number> {
  const path = `/api/v2/search?resolve=true&q=${encodeURIComponent(words)}`;
  const response = await open.home.request(path, { headers: { authorization: `Bearer ${open.token}` } });
  await response.arrayBuffer();
  return response.status;
}

const changes = (before: string, after: string): string =>
  differences(before, after)
    .split("\n")
    .filter((line) => line !== "" && !OWN_PAPERS.test(line))
    .join("\n");

eachDatabase((kind, openDatabase) => {
  const every = kind === "sqlite" ? 1 : 30;
  /** What is refused before the database is asked for anything is tried with one of them. */
  const onceOver = (name: string, work: () => Promise<void>, ms: number): void => {
    if (kind === "sqlite") test(name, work, ms);
  };

  async function faultsOf<T>(
    inputs: readonly T[],
    say: (input: T) => string,
    attempt: (open: Scene, input: T) => Promise<number>,
  ): Promise<readonly string[]> {
    scene = await openScene(await openDatabase());
    // What is known of the victim is as new as it can be: asking its own server again tells nothing.
    await search(scene, scene.facts.vic);
    await drainWithFaults(scene.home);
    const faults: string[] = [];
    let before = await scene.state();
    for (const [index, input] of inputs.entries()) {
      scene.home.clock.advance(61_000);
      const status = await attempt(scene, input);
      // 503: another server did not answer as it must.
      if (status >= 500 && status !== 503) faults.push(`${status} ${say(input)}`);
      if (index % every !== 0 && index < inputs.length - 1) continue;
      await drainWithFaults(scene.home);
      const now = await scene.state();
      const changed = changes(before, now);
      if (changed !== "") faults.push(`changed (${status}): ${say(input)}\n${changed}`);
      before = now;
    }
    return [...faults, ...scene.forbidden];
  }

  const named = ({ name, type, bytes }: HostileFile): string =>
    `${name.slice(0, 60)} ${type.slice(0, 40)} ${Buffer.from(bytes.subarray(0, 60)).toString("latin1")}`;

  onceOver(
    "no file that is none becomes a picture or a film",
    async () => {
      const taken = async (open: Scene, file: HostileFile): Promise<number> => {
        const body = new FormData();
        body.set("file", fileOf(file));
        return (await send(open, "/api/v2/media", body, "app")).status;
      };
      expect(await faultsOf(hostileMedia(), named, taken)).toEqual([]);
    },
    120_000,
  );

  test("no list does what it must not, seen first and applied then", async () => {
    const applied = async (open: Scene, file: HostileFile & { readonly kind: string }): Promise<number> => {
      const body = new FormData();
      body.set("kind", file.kind);
      body.set("file", fileOf(file));
      const came = await send(open, "/settings/import", body, "session");
      const place = came.headers.get("location");
      if (came.status !== 303 || place === null) return came.status;
      const start = new FormData();
      start.set("do", "start");
      return (await send(open, place, start, "session")).status;
    };
    expect(await faultsOf(hostileLists(), named, applied)).toEqual([]);
  }, 120_000);

  test("no lifeboat that is none brings anything", async () => {
    const brought = async (open: Scene, file: HostileFile): Promise<number> => {
      const body = new FormData();
      body.set("file", fileOf(file));
      const came = await send(open, "/settings/arrival", body, "session");
      const place = came.headers.get("location");
      if (came.status !== 303 || place === null) return came.status;
      await drainWithFaults(open.home);
      const start = new FormData();
      start.set("do", "start");
      start.set("notes", "yes");
      return (await send(open, place, start, "session")).status;
    };
    expect(await faultsOf(hostileLifeboats(), named, brought)).toEqual([]);
  }, 120_000);

  onceOver(
    "nothing that somebody looks up leads inside",
    async () => {
      expect(await faultsOf(hostileLookUps(), (words) => words.slice(0, 100), search)).toEqual([]);
    },
    120_000,
  );

  onceOver(
    "no answer of another server is taken for what it is not",
    async () => {
      const facts = (scene = await openScene(await openDatabase())).facts;
      await scene.close();
      const looked = async (open: Scene, answer: (typeof answers)[number]): Promise<number> => {
        const { document, status = 200, type, location, text } = answer;
        const headers = new Headers();
        if (type !== undefined) headers.set("content-type", type);
        if (location !== undefined) headers.set("location", location);
        const given = document ?? new Response(text ?? null, { status, headers });
        open.eve.documents.set(answer.path, given);
        return await search(open, `https://e.test${answer.path}`);
      };
      const answers = hostileAnswers(facts);
      expect(await faultsOf(answers, (one) => JSON.stringify(one).slice(0, 300), looked)).toEqual([]);
    },
    120_000,
  );
});
