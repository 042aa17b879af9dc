import type { App } from "../../context.ts";
import { type FieldFaults, notFound } from "../../errors.ts";
import { fromJson, toJson } from "../../store/codec.ts";
import { transaction } from "../../store/database.ts";
import { claimSetting, readSetting, removeSetting, writeSetting } from "../../store/settings.ts";
import { checkNewAccount, type GivenPasskey, insertPrepared, methodOf, prepareAccount } from "./accounts.ts";
import { hashToken, openSession } from "./sessions.ts";
import {
  checkSettings,
  type JoinMode,
  type SettingsChange,
  settingsFaults,
  writeSettings,
} from "./settings.ts";

/** True once the set-up page was filled. */
export async function isSetUp(app: App): Promise<boolean> {
  return (await readSetting(app.db, "setUpAt")) !== null;
}

/** A fresh one-time token for the set-up page; earlier ones stop working. Null when the instance is set up. */
export async function createSetupToken(app: App): Promise<string | null> {
  if (await isSetUp(app)) return null;
  const token = app.ids.secret(24);
  await writeSetting(app.db, "setupToken", toJson(hashToken(token)));
  return token;
}

/** True when the token opens the set-up page. */
export async function checkSetupToken(app: App, token: string): Promise<boolean> {
  const stored = fromJson<string | null>(await readSetting(app.db, "setupToken"), null);
  return stored !== null && stored === hashToken(token) && !(await isSetUp(app));
}

export type SetUp = {
  readonly serverName: string;
  readonly username: string;
  /** May be empty when there is a passkey. */
  readonly password: string;
  readonly passkey?: GivenPasskey | undefined;
  readonly languages: readonly string[];
  readonly joinMode: JoinMode;
  readonly locale?: string | undefined;
  readonly agent?: string | undefined;
};

/** Names the server, makes its owner and signs them in; exactly once, whoever races. @throws not_found for a used or wrong token, invalid with fields. */
export async function completeSetUp(
  app: App,
  token: string,
  command: SetUp,
): Promise<{ readonly sessionToken: string }> {
  if (!(await checkSetupToken(app, token))) throw notFound();
  const { serverName, languages, joinMode } = command;
  const settings: SettingsChange = { name: serverName, languages, joinMode };
  const account = await checkNewAccount(app, { ...command, email: undefined }, setUpFaults(settings));
  const prepared = await prepareAccount(app, account);
  const sessionToken = await transaction(app.db, async (tx) => {
    if (!(await claimSetting(tx, "setUpAt", toJson(app.clock.now())))) throw notFound();
    await removeSetting(tx, "setupToken");
    await writeSettings(tx, checkSettings(settings));
    const owner = await insertPrepared(app, tx, prepared, "owner", null);
    return await openSession(app, tx, owner.accountId, command.agent ?? "", methodOf(prepared));
  });
  return { sessionToken };
}

/** The form calls the name `serverName`, so its fault must come back under that field. */
function setUpFaults(settings: SettingsChange): FieldFaults {
  const { name, ...rest } = settingsFaults(settings);
  return name === undefined ? rest : { serverName: name, ...rest };
}
