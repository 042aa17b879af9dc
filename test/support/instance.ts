import { randomUUID } from "node:crypto";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createApp, type Instance } from "../../server/app.ts";
import { type Config, parseConfig } from "../../server/config.ts";
import type { App, Http } from "../../server/context.ts";
import type { Role, Viewer } from "../../server/domain/actor.ts";
import type { NoteId } from "../../server/domain/ids.ts";
import type { CreateNote, NoteView } from "../../server/domain/note.ts";
import { memoryFiles } from "../../server/media/files.ts";
import { createPasswords } from "../../server/passwords.ts";
import { createAccount } from "../../server/services/accounts/accounts.ts";
import { updateGates } from "../../server/services/accounts/gates.ts";
import { createNote } from "../../server/services/notes/notes.ts";
import { findViewer } from "../../server/services/accounts/sessions.ts";
import { signIn } from "../../server/services/accounts/sign-in.ts";
import { completeSetUp, createSetupToken } from "../../server/services/accounts/setup.ts";
import type { Database } from "../../server/store/database.ts";
import { memoryVault } from "../../server/vault.ts";
import { testClock, type TestClock } from "./app.ts";
import { memoryDatabase } from "./databases.ts";
import { createNetwork, type Network } from "./network.ts";
import { giveSpareKeys } from "./rsa-keys.ts";

/** A whole instance under test. */
export type TestInstance = Instance & {
  readonly clock: TestClock;
  readonly network: Network;
  readonly host: string;
  /** The owner made by set-up, or null when the instance was left untouched. */
  readonly owner: Viewer | null;
  /** A request as a browser or a server sends it; `path` is relative to the origin. */
  request(path: string, init?: RequestInit): Promise<Response>;
  close(): Promise<void>;
};

export type InstanceOptions = {
  readonly host?: string;
  readonly network?: Network;
  readonly database?: Database;
  readonly clock?: TestClock;
  readonly environment?: Readonly<Record<string, string>>;
  /** Leave the instance as it is before anybody opened the set-up link. */
  readonly untouched?: boolean;
  /** What an instance that is opened again had before, and its way out. */
  readonly before?: Pick<App, "vault" | "files">;
  readonly http?: Http;
};

export const PASSWORD = "correct horse battery";

/** Cheap argon2id: tests sign people up by the dozen. */
const CHEAP = { memoryCost: 1024, timeCost: 1, parallelism: 1 } as const;

/** A configuration as the environment would give it. */
export function testConfig(environment: Readonly<Record<string, string>>): Config {
  const parsed = parseConfig(environment);
  if (!parsed.ok) throw new Error(parsed.faults.join(" "));
  return parsed.config;
}

/** Starts an instance with an https name on the network, set up with an owner `owner` unless told otherwise. */
export async function createInstance(options: InstanceOptions = {}): Promise<TestInstance> {
  const host = options.host ?? "home.test";
  const network = options.network ?? createNetwork();
  const clock = options.clock ?? testClock();
  const database = options.database ?? (await memoryDatabase());
  // Made only when something is written there, such as an upload in pieces.
  const data = join(tmpdir(), `causeway-${randomUUID()}`);
  const config = testConfig({
    CAUSEWAY_ORIGIN: `https://${host}`,
    CAUSEWAY_DATA: data,
    ...options.environment,
  });
  const instance = await createApp({
    config,
    database,
    clock,
    http: options.http ?? network.http(),
    files: options.before?.files ?? memoryFiles(),
    cache: memoryFiles(),
    vault: options.before?.vault ?? memoryVault(),
    passwords: createPasswords({ cost: CHEAP }),
  });
  network.join(host, (request) => instance.fetch(request, { ip: "198.51.100.7" }));
  if (options.untouched !== true) await giveSpareKeys(instance.app);
  const owner = options.untouched === true ? null : await setUp(instance.app);
  return {
    ...instance,
    clock,
    network,
    host,
    owner,
    request: (path, init) =>
      instance.fetch(new Request(new URL(path, config.origin), init), { ip: "203.0.113.9" }),
    close: async () => {
      await instance.stop(0);
      await database.close();
      await rm(data, { recursive: true, force: true });
    },
  };
}

async function setUp(app: App): Promise<Viewer> {
  const token = (await createSetupToken(app)) ?? "";
  const { sessionToken } = await completeSetUp(app, token, {
    serverName: "Test",
    username: "owner_here",
    password: PASSWORD,
    languages: ["en", "zh-Hans"],
    joinMode: "open",
  });
  const owner = await requireViewer(app, sessionToken);
  // Nearly every test wants people, not the way they come in; those that do want it set the gates themselves.
  await updateGates(app, owner, { openCheck: "none", probationHours: 0 });
  return owner;
}

async function requireViewer(app: App, sessionToken: string): Promise<Viewer> {
  const viewer = await findViewer(app, sessionToken);
  if (viewer === null) throw new Error("The session that was just opened is not there.");
  return viewer;
}

/** A member, signed in: the viewer and the session's token for cookies. */
export type Member = { readonly viewer: Viewer; readonly sessionToken: string };

/** Makes a member and signs them in. */
export async function aMember(
  instance: Pick<TestInstance, "app">,
  username: string,
  options: { readonly role?: Role } = {},
): Promise<Member> {
  await createAccount(instance.app, { username, password: PASSWORD, role: options.role });
  const command = { username, password: PASSWORD, ip: "203.0.113.9", agent: "" };
  const signedIn = await signIn(instance.app, command);
  if (signedIn.state !== "signed_in") throw new Error("A new member has no second step.");
  const { sessionToken } = signedIn;
  return { sessionToken, viewer: await requireViewer(instance.app, sessionToken) };
}

/** Posts a note. */
export async function aNote(
  instance: Pick<TestInstance, "app">,
  note: Partial<CreateNote> & { readonly by: Viewer; readonly replyTo?: NoteId },
): Promise<NoteView> {
  const { by, replyTo, ...command } = note;
  return await createNote(instance.app, by, {
    source: "Hello, 你好",
    visibility: "public",
    ...(replyTo === undefined ? {} : { replyToId: replyTo }),
    ...command,
  });
}
