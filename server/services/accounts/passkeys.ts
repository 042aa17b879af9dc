import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import { asId, type PasskeyId } from "../../domain/ids.ts";
import { CausewayError, invalid, notFound } from "../../errors.ts";
import { findAccount, lockAccount } from "../../store/accounts.ts";
import { isSet, toJson } from "../../store/codec.ts";
import { type Db, transaction } from "../../store/database.ts";
import {
  countPasskeys,
  insertPasskey,
  listPasskeyRows,
  removePasskeyRow,
  renamePasskeyRow,
} from "../../store/passkeys.ts";
import { cleanName } from "../../text/entities.ts";
import { noteSecurityEvent } from "./security-events.ts";
import { coarseAgent } from "./sessions.ts";
import { type NewPasskey, readNewPasskey, refusedPasskey } from "./webauthn.ts";

const PASSKEYS_MAX = 20;
const NAME_MAX = 60;

/** Writes a new passkey inside the caller's transaction; its name is browser and system, to be changed at will. @throws conflict */
export async function storePasskey(app: App, tx: Db, made: NewPasskey, agent: string): Promise<void> {
  const isNew = await insertPasskey(tx, {
    id: app.ids.next(),
    account_id: made.accountId,
    credential_id: made.credentialId,
    public_key: made.publicKey,
    counter: made.counter,
    transports: toJson(made.transports),
    name: coarseAgent(agent),
    backed_up: made.backedUp ? 1 : 0,
    created_at: app.clock.now(),
    used_at: null,
  });
  if (!isNew) throw new CausewayError("conflict", "error.passkey_known");
}

/** Adds a passkey to the person's account. @throws invalid at `passkey`, conflict */
export async function addPasskey(
  app: App,
  viewer: Viewer,
  command: { readonly answer: string; readonly holder: string; readonly agent: string },
): Promise<void> {
  const made = await readNewPasskey(app, { use: "add", answer: command.answer, holder: command.holder });
  if (made.accountId !== viewer.accountId) throw refusedPasskey();
  await transaction(app.db, async (tx) => {
    await lockAccount(tx, viewer.accountId);
    if ((await countPasskeys(tx, viewer.accountId)) >= PASSKEYS_MAX)
      throw new CausewayError("conflict", "error.passkey_limit", { params: { max: PASSKEYS_MAX } });
    await storePasskey(app, tx, made, command.agent);
    await noteSecurityEvent(app, tx, viewer.accountId, "passkey_added");
  });
}

export type PasskeyView = {
  readonly id: PasskeyId;
  /** Empty: browser and system were not known and nobody has named it. */
  readonly name: string;
  /** True when it is kept in more than one device. */
  readonly backedUp: boolean;
  readonly createdAt: number;
  readonly usedAt: number | null;
};

/** The person's passkeys, oldest first. */
export async function listPasskeys(app: App, viewer: Viewer): Promise<readonly PasskeyView[]> {
  const rows = await listPasskeyRows(app.db, viewer.accountId);
  return rows.map((row) => ({
    id: asId(row.id),
    name: row.name,
    backedUp: isSet(row.backed_up),
    createdAt: row.created_at,
    usedAt: row.used_at,
  }));
}

/** Gives a passkey another name. @throws invalid at `name-<id>`, not_found */
export async function renamePasskey(
  app: App,
  viewer: Viewer,
  command: { readonly id: PasskeyId; readonly name: string },
): Promise<void> {
  const name = cleanName(command.name, NAME_MAX);
  const field = `name-${command.id}`;
  if (name === "") throw invalid({ [field]: { key: "field.required" } });
  if (!(await renamePasskeyRow(app.db, viewer.accountId, command.id, name))) throw notFound();
}

/** Removes a passkey, but never the last way into an account. @throws not_found, conflict */
export async function removePasskey(app: App, viewer: Viewer, id: PasskeyId): Promise<void> {
  await transaction(app.db, async (tx) => {
    await lockAccount(tx, viewer.accountId);
    const account = await findAccount(tx, viewer.accountId);
    const left = await countPasskeys(tx, viewer.accountId);
    if (account?.password_hash === "" && left <= 1) throw new CausewayError("conflict", "error.last_way_in");
    if (!(await removePasskeyRow(tx, viewer.accountId, id))) throw notFound();
    await noteSecurityEvent(app, tx, viewer.accountId, "passkey_removed");
  });
}
