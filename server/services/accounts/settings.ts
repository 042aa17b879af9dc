import type { App } from "../../context.ts";
import { outranks, type Viewer } from "../../domain/actor.ts";
import { type ActorId, asId } from "../../domain/ids.ts";
import { type FieldFaults, forbidden, invalid, type Message } from "../../errors.ts";
import { countAccounts } from "../../store/accounts.ts";
import { insertActor } from "../../store/actors.ts";
import { fromJson, toJson } from "../../store/codec.ts";
import { transaction } from "../../store/database.ts";
import { countLocalNotes } from "../../store/notes.ts";
import { claimSetting, readSetting, readSettings, writeSetting } from "../../store/settings.ts";
import { canonicalLanguage } from "../../text/language.ts";
import { emptyActor } from "../actors/actor-rows.ts";
import { forgetInstance } from "../instance/recent-view.ts";

/** Who may join: nobody, people with an invite, anybody. */
export type JoinMode = "closed" | "invite" | "open";
export const JOIN_MODES: readonly JoinMode[] = ["closed", "invite", "open"];

/** How round corners are. */
export type Radius = "square" | "soft" | "round";
export const RADII: readonly Radius[] = ["square", "soft", "round"];

/** What the owner has made of the look; null = as it comes. */
export type Appearance = {
  /** `#rrggbb`, readable on the light pages. */
  readonly accent: string | null;
  /** `#rrggbb`, readable on the dark pages; null = made from the other one. */
  readonly accentDark: string | null;
  readonly radius: Radius;
  /** Name of the file, as in `/media/…`. */
  readonly logo: string | null;
  /** Name of the compiled style sheet. */
  readonly sheet: string | null;
};

export type InstanceSettings = {
  readonly name: string;
  readonly description: string;
  /** Languages of the community, main one first. */
  readonly languages: readonly string[];
  readonly joinMode: JoinMode;
  /** Markdown. */
  readonly rules: string;
  readonly contactEmail: string;
  /** Markdown; empty = the usual words. */
  readonly terms: string;
  /** Whether `/about/blocks` lists the domains that are blocked. */
  readonly publishesBlocks: boolean;
  readonly appearance: Appearance;
  /** False until the set-up page was filled. */
  readonly setUp: boolean;
};

const DEFAULTS: InstanceSettings = {
  name: "Causeway",
  description: "",
  languages: ["en"],
  joinMode: "invite",
  rules: "",
  contactEmail: "",
  terms: "",
  publishesBlocks: false,
  appearance: { accent: null, accentDark: null, radius: "soft", logo: null, sheet: null },
  setUp: false,
};

/** The instance's settings: one small query, so every process sees a change at once. */
export async function getSettings(app: App): Promise<InstanceSettings> {
  const stored = await readSettings(app.db);
  const of = <T>(name: string, fallback: T): T => fromJson<T>(stored.get(name) ?? null, fallback);
  return {
    name: of("name", DEFAULTS.name),
    description: of("description", DEFAULTS.description),
    languages: of("languages", DEFAULTS.languages),
    joinMode: of("joinMode", DEFAULTS.joinMode),
    rules: of("rules", DEFAULTS.rules),
    contactEmail: of("contactEmail", DEFAULTS.contactEmail),
    terms: of("terms", DEFAULTS.terms),
    publishesBlocks: of("publishesBlocks", DEFAULTS.publishesBlocks),
    appearance: toAppearance(stored.get("appearance") ?? null),
    setUp: stored.has("setUpAt"),
  };
}

/** The stored look, with the usual value for what it does not say. */
export function toAppearance(column: string | null): Appearance {
  return { ...DEFAULTS.appearance, ...fromJson<Partial<Appearance>>(column, {}) };
}

export type SettingsChange = Partial<Omit<InstanceSettings, "setUp" | "appearance">>;

/** Changes settings. @throws forbidden below admin, invalid with fields. */
export async function updateSettings(app: App, viewer: Viewer, change: SettingsChange): Promise<void> {
  if (!outranks(viewer.role, "moderator")) throw forbidden();
  const checked = checkSettings(change);
  await transaction(app.db, (tx) => writeSettings(tx, checked));
  forgetInstance(app);
}

/** Writes checked settings inside the caller's transaction. */
export async function writeSettings(db: App["db"], change: SettingsChange): Promise<void> {
  for (const [name, value] of Object.entries(change))
    if (value !== undefined) await writeSetting(db, name, toJson(value));
}

/** Trims and checks settings. @throws invalid with every faulty field. */
export function checkSettings(change: SettingsChange): SettingsChange {
  const faults = settingsFaults(change);
  if (Object.keys(faults).length > 0) throw invalid(faults);
  const languages = change.languages?.flatMap((tag) => canonicalLanguage(tag) ?? []);
  return {
    ...change,
    ...(change.name === undefined ? {} : { name: change.name.trim() }),
    ...(languages === undefined ? {} : { languages }),
  };
}

/** What is wrong with settings, by field; empty when nothing is. */
export function settingsFaults(change: SettingsChange): FieldFaults {
  const faults: Record<string, Message> = {};
  const name = change.name?.trim();
  if (name === "") faults["name"] = { key: "field.required" };
  if (name !== undefined && name.length > NAME_MAX)
    faults["name"] = { key: "field.too_long", params: { max: NAME_MAX } };
  if (change.languages?.every((tag) => canonicalLanguage(tag) === null))
    faults["languages"] = { key: "field.required" };
  const email = change.contactEmail ?? "";
  if (email !== "" && !/^\S+@\S+\.\S+$/.test(email)) faults["contactEmail"] = { key: "field.email_form" };
  return faults;
}

const NAME_MAX = 60;

/** Figures for the about page and NodeInfo. */
export async function getStatistics(app: App): Promise<{
  readonly members: number;
  readonly notes: number;
  readonly activeMonth: number;
  readonly activeHalfYear: number;
}> {
  const DAY = 86_400_000;
  const now = app.clock.now();
  const accounts = await countAccounts(app.db, { month: now - 30 * DAY, halfYear: now - 180 * DAY });
  return {
    members: accounts.members,
    notes: await countLocalNotes(app.db),
    activeMonth: accounts.month,
    activeHalfYear: accounts.halfYear,
  };
}

/** The Application actor that signs fetches for the whole instance; made once. Its username is the handle host (FEP-d556). */
export async function getInstanceActorId(app: App): Promise<ActorId> {
  const stored = await readSetting(app.db, "instanceActor");
  if (stored !== null) return asId(fromJson<number>(stored, 0));
  const id = app.ids.next();
  await transaction(app.db, async (tx) => {
    if (!(await claimSetting(tx, "instanceActor", toJson(id)))) return;
    await insertActor(tx, {
      ...emptyActor(app, id, app.config.handleHost),
      kind: "Application",
      url: `${app.config.origin}/about`,
      locked: 1,
    });
  });
  return asId(fromJson<number>(await readSetting(app.db, "instanceActor"), 0));
}
