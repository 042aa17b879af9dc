import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import { type Preferences, USUAL_PREFERENCES } from "../../domain/preferences.ts";
import { notFound } from "../../errors.ts";
import { findAccount, updateAccount } from "../../store/accounts.ts";
import { fromJson, toJson } from "../../store/codec.ts";
import { transaction } from "../../store/database.ts";

/** Some preferences, and nothing about the others. */
export type PreferencesChange = { readonly [Name in keyof Preferences]?: Preferences[Name] | undefined };

/**
 * Changes how a member wants pages to be. Only what differs from the usual is kept, so that a usual value can change for
 * those who never chose. The caller has checked the values (they come from closed lists).
 */
export async function updatePreferences(app: App, viewer: Viewer, change: PreferencesChange): Promise<void> {
  await transaction(app.db, async (tx) => {
    const account = await findAccount(tx, viewer.accountId);
    if (account === undefined) throw notFound();
    const stored = fromJson<Partial<Preferences>>(account.preferences, {});
    const named = Object.entries(change).filter(([, value]) => value !== undefined);
    const next = Object.entries({ ...stored, ...Object.fromEntries(named) }).filter(
      ([name, value]) => toJson(value) !== toJson(USUAL_PREFERENCES[name as keyof Preferences]),
    );
    await updateAccount(tx, viewer.accountId, { preferences: toJson(Object.fromEntries(next)) });
  });
}
