import type { App } from "../../context.ts";
import type { Role, Viewer } from "../../domain/actor.ts";
import { ROLES } from "../../domain/actor.ts";
import { type OwnPolicy, type Permit, readOwnPolicy } from "../../domain/policy.ts";
import type { Preferences } from "../../domain/preferences.ts";
import { notFound } from "../../errors.ts";
import { findSelf } from "../../store/accounts.ts";
import { fromJson, textsIn } from "../../store/codec.ts";
import { type AboutActor, aboutActors } from "../actors/people.ts";
import { setStandardPolicy } from "../consent/interactions.ts";
import { fromNowhere } from "../moderation/withheld-here.ts";
import { actorView } from "../views.ts";
import { type PreferencesChange, updatePreferences } from "./preferences.ts";
import { type ProfileChange, type ProfileForm, toProfileForm, updateProfile } from "./profile.ts";
import { preferencesOf } from "./sessions.ts";

/** Everything about the person that they can change, and what only they see. */
export type Self = {
  readonly about: AboutActor;
  readonly form: ProfileForm;
  readonly preferences: Preferences;
  /** Languages the person reads and writes, recent first. */
  readonly languages: readonly string[];
  /** The language that they chose for the pages. */
  readonly locale: string | null;
  readonly policy: OwnPolicy;
  /** Of pending requests no more than `REQUESTS_COUNTED` are counted. */
  readonly followRequests: number;
  readonly role: Role;
};

/** Nobody reads on beyond it, and counting must not take long. */
const REQUESTS_COUNTED = 1_000;

/** The person as they are at this moment. @throws not_found for whoever has just left */
export async function viewSelf(app: App, viewer: Viewer): Promise<Self> {
  const row = await findSelf(app.db, { accountId: viewer.accountId, most: REQUESTS_COUNTED });
  if (row === undefined) throw notFound();
  const [about] = await aboutActors(app, [fromNowhere(() => actorView(app, row))]);
  if (about === undefined) throw notFound();
  return {
    about,
    form: toProfileForm(app, row),
    preferences: preferencesOf(row.account_preferences),
    languages: textsIn(row.account_languages),
    locale: row.account_locale ?? "en",
    policy: readOwnPolicy(fromJson<unknown>(row.account_policy, null)),
    followRequests: row.follow_requests,
    role: ROLES.find((role) => role === row.account_role) ?? "member",
  };
}

/** What is left out stays as it is. */
export type SelfChange = {
  readonly profile: ProfileChange;
  readonly preferences: PreferencesChange;
  /** Who may quote what the person will write. */
  readonly quotes?: Permit | undefined;
};

/** Changes profile, preferences and policy of the person; the profile first, since that can be faulty. @throws invalid with fields */
export async function changeSelf(app: App, viewer: Viewer, change: SelfChange): Promise<Self> {
  await updateProfile(app, viewer, change.profile);
  if (Object.values(change.preferences).some((value) => value !== undefined))
    await updatePreferences(app, viewer, change.preferences);
  if (change.quotes !== undefined) await setStandardPolicy(app, viewer, { quote: change.quotes });
  return await viewSelf(app, viewer);
}
