import type { App } from "../../context.ts";
import { outranks, type Viewer } from "../../domain/actor.ts";
import { type ActorId, asId } from "../../domain/ids.ts";
import { type GateSettings, USUAL_GATES } from "../../domain/gates.ts";
import { type FieldFaults, forbidden, invalid, type Message } from "../../errors.ts";
import { countAccounts } from "../../store/accounts.ts";
import { findActorByHandle, insertActor } from "../../store/actors.ts";
import { fromJson, textsIn, toJson } from "../../store/codec.ts";
import { transaction } from "../../store/database.ts";
import { countLocalNotes } from "../../store/notes.ts";
import {
  claimSetting,
  readSetting,
  readSettings,
  removeSetting,
  writeSetting,
} from "../../store/settings.ts";
import { canonicalLanguage } from "../../text/language.ts";
import { ruleLines } from "../../text/rules.ts";
import { emptyActor } from "../actors/actor-rows.ts";
import { audit } from "../moderation/audit.ts";
import { forgetInstance } from "../instance/recent-view.ts";

/** Who may join: nobody, people with an invite, who is approved, anybody. */
export type JoinMode = "closed" | "invite" | "approval" | "open";
export const JOIN_MODES: readonly JoinMode[] = ["closed", "invite", "approval", "open"];

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
  /** As it is now: `closed` while the door is shut for a time. */
  readonly joinMode: JoinMode;
  /** As it is otherwise. */
  readonly usualJoinMode: JoinMode;
  /** Until when the door is shut whatever the owner chose, ms; null = it is not. */
  readonly joinClosedUntil: number | null;
  readonly gates: GateSettings;
  /** Markdown, in the main language. */
  readonly rules: string;
  /** The same in the other languages of the community, by tag: as many rules in each, or an empty text. */
  readonly rulesIn: Readonly<Record<string, string>>;
  /** After how many hours everybody of the staff is told of a report that nobody has taken. */
  readonly reportHours: number;
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
  usualJoinMode: "invite",
  joinClosedUntil: null,
  gates: USUAL_GATES,
  rules: "",
  rulesIn: {},
  reportHours: 4,
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
  const languages = textsIn(stored.get("languages") ?? null);
  const usualJoinMode = of("joinMode", DEFAULTS.joinMode);
  const closedUntil = of("joinClosedUntil", 0);
  const isShut = closedUntil > app.clock.now();
  return {
    name: of("name", DEFAULTS.name),
    description: of("description", DEFAULTS.description),
    languages: languages.length === 0 ? DEFAULTS.languages : languages,
    joinMode: isShut ? "closed" : usualJoinMode,
    usualJoinMode,
    joinClosedUntil: isShut ? closedUntil : null,
    gates: { ...USUAL_GATES, ...of<Partial<GateSettings>>("gates", {}) },
    rules: of("rules", DEFAULTS.rules),
    rulesIn: of("rulesIn", DEFAULTS.rulesIn),
    reportHours: of("reportHours", DEFAULTS.reportHours),
    contactEmail: of("contactEmail", DEFAULTS.contactEmail),
    terms: of("terms", DEFAULTS.terms),
    publishesBlocks: of("publishesBlocks", DEFAULTS.publishesBlocks),
    appearance: toAppearance(stored.get("appearance") ?? null),
    setUp: stored.has("setUpAt"),
  };
}

/** How people join from within an app, without an invite: apps do no work and ask no question. */
export function joiningByApp({ joinMode, gates }: InstanceSettings): "no" | "approval" | "yes" {
  if (joinMode === "approval") return "approval";
  if (joinMode !== "open") return "no";
  return gates.openCheck === "none" ? "yes" : "approval";
}

/** The stored look, with the usual value for what it does not say. */
export function toAppearance(column: string | null): Appearance {
  return { ...DEFAULTS.appearance, ...fromJson<Partial<Appearance>>(column, {}) };
}

export type SettingsChange = Partial<
  Omit<InstanceSettings, "setUp" | "appearance" | "usualJoinMode" | "joinClosedUntil" | "gates">
>;

/** Changes settings. @throws forbidden below admin, invalid with fields. */
export async function updateSettings(app: App, viewer: Viewer, change: SettingsChange): Promise<void> {
  if (!outranks(viewer.role, "moderator")) throw forbidden();
  const checked = checkSettings(change);
  const { usualJoinMode, joinClosedUntil } = await getSettings(app);
  await transaction(app.db, async (tx) => {
    await writeSettings(tx, checked);
    await audit(app, tx, viewer, {
      what: "settings.changed",
      subject: Object.keys(checked).toSorted().join(", "),
    });
    // Whoever changes who may join means from now on; any other change leaves a door shut that was shut for a time.
    const isOtherMode = checked.joinMode !== undefined && checked.joinMode !== usualJoinMode;
    if (isOtherMode && joinClosedUntil !== null) await removeSetting(tx, "joinClosedUntil");
  });
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
  for (const [tag, fault] of rulesFaults(change)) faults[rulesField(tag)] = fault;
  const hours = change.reportHours ?? 0;
  if (!Number.isInteger(hours) || hours < 0 || hours > REPORT_HOURS_MAX)
    faults["reportHours"] = { key: "field.hours", params: { max: REPORT_HOURS_MAX } };
  const email = change.contactEmail ?? "";
  if (email !== "" && !/^\S+@\S+\.\S+$/.test(email)) faults["contactEmail"] = { key: "field.email_form" };
  return faults;
}

const NAME_MAX = 60;
/** A week. */
const REPORT_HOURS_MAX = 168;
const RULES_MAX = 20_000;

/** The field of the rules in another language than the main one. */
export function rulesField(tag: string): string {
  return `rules-${tag}`;
}

/** Apps and reports name a rule by its number: each language has the same number of them, or none. */
function rulesFaults(change: SettingsChange): readonly (readonly [string, Message])[] {
  const { rules, rulesIn } = change;
  if (rules === undefined || rulesIn === undefined) return [];
  const wanted = ruleLines(rules).length;
  return Object.entries(rulesIn).flatMap(([tag, source]): readonly (readonly [string, Message])[] => {
    if (source.length > RULES_MAX) return [[tag, { key: "field.too_long", params: { max: RULES_MAX } }]];
    const count = ruleLines(source).length;
    return count === 0 || count === wanted
      ? []
      : [[tag, { key: "field.rules_count", params: { count, wanted } }]];
  });
}

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
  if (stored !== null) {
    const known = fromJson<number>(stored, 0);
    // A setting that is damaged must not take the server's voice: its actor is there under its name.
    return asId(known > 0 ? known : ((await findActorByHandle(app.db, app.config.handleHost, ""))?.id ?? 0));
  }
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
