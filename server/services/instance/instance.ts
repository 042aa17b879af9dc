// What this server is, as apps ask before anybody signs in. Part of services/: may import what services may.

import { type App, createRecent, type Recent } from "../../context.ts";
import type { ActorView } from "../../domain/actor.ts";
import { idAt, SEQUENCE_VALUES } from "../../domain/ids.ts";
import { APP_FILE_BYTES } from "../../domain/limits.ts";
import { notFound } from "../../errors.ts";
import { IMAGE_MAX_BYTES, IMAGE_MAX_PIXELS, IMAGE_TYPES } from "../../media/images.ts";
import {
  countAccountsByWeek,
  countHosts,
  countNotesByWeek,
  findFirstOwner,
  listHostNames,
  type WeekRow,
} from "../../store/instance-figures.ts";
import { readSetting } from "../../store/settings.ts";
import { fromJson } from "../../store/codec.ts";
import { renderMarkup } from "../../text/markup.ts";
import { bestLanguage, ruleLanguages, ruleLines } from "../../text/rules.ts";
import { getSettings, getStatistics, type InstanceSettings } from "../accounts/settings.ts";
import { causewayVersion } from "../administration/software.ts";
import { canFilm } from "../media/films.ts";
import { FILM_MAX_PIXELS } from "../media/film-job.ts";
import { listShownRules, type ShownRule } from "../moderation/domains.ts";
import { vapidPublicKey } from "../push/vapid.ts";
import { actorViews } from "../views.ts";
import { whenInstanceChanges } from "./recent-view.ts";

/** Files as members may send them by an app: bytes and pixels at most. */
export type MediaLimits = {
  readonly types: readonly string[];
  readonly imageBytes: number;
  readonly imagePixels: number;
  readonly filmBytes: number;
  readonly filmPixels: number;
};

/** Everything that is told of this server. */
export type InstanceView = {
  /** Of the software. */
  readonly version: string;
  readonly settings: InstanceSettings;
  readonly rules: readonly Rule[];
  readonly members: number;
  readonly notes: number;
  readonly activeMonth: number;
  /** Servers that something was sent to. */
  readonly hosts: number;
  /** Who answers for it; null before it was set up. */
  readonly contact: ActorView | null;
  readonly vapidKey: string;
  readonly media: MediaLimits;
};

/** One of the owner's rules; its number is its place in the text, in whatever language. */
export type Rule = {
  readonly id: number;
  /** In the main language. */
  readonly text: string;
  /** In the other languages of the community, by tag. */
  readonly translations: Readonly<Record<string, string>>;
};

const FILM_TYPES: readonly string[] = [
  ["mp4", "quicktime", "webm", "x-matroska", "mp2t"].map((one) => `video/${one}`),
  ["mpeg", "mp4", "aac", "ogg", "flac", "wav", "x-wav"].map((one) => `audio/${one}`),
].flat();
/** Figures, and what other processes change, may be as old as this, ms; clients keep what they read for longer. */
const KEPT_MS = 60_000;
/** By app, so that two instances in one process share nothing. */
const views = new WeakMap<App, Recent<InstanceView>>();
const PEERS = 10_000;
const WEEKS = 12;
const WEEK = 7 * 86_400_000;

/**
 * This server and its limits, made anew after a change of its settings, and every minute: the figures may be as old as that.
 * The same object as long as it is the same.
 */
export async function viewInstance(app: App): Promise<InstanceView> {
  return await recentOf(app).get(() => loadInstance(app));
}

function recentOf(app: App): Recent<InstanceView> {
  const known = views.get(app);
  if (known !== undefined) return known;
  const recent = createRecent<InstanceView>(app.clock, KEPT_MS);
  views.set(app, recent);
  whenInstanceChanges(app, () => recent.forget());
  return recent;
}

async function loadInstance(app: App): Promise<InstanceView> {
  const settings = await getSettings(app);
  const statistics = await getStatistics(app);
  const owner = await findFirstOwner(app.db);
  const [contact = null] = owner === null ? [] : await actorViews(app, [owner]);
  return {
    version: causewayVersion(),
    settings,
    rules: rulesOf(settings),
    members: statistics.members,
    notes: statistics.notes,
    activeMonth: statistics.activeMonth,
    hosts: await countHosts(app.db),
    contact,
    vapidKey: await vapidPublicKey(app),
    media: {
      types: [...IMAGE_TYPES, ...(canFilm(app) ? FILM_TYPES : [])],
      imageBytes: IMAGE_MAX_BYTES,
      imagePixels: IMAGE_MAX_PIXELS,
      filmBytes: Math.min(app.config.films.mostBytes, APP_FILE_BYTES),
      filmPixels: FILM_MAX_PIXELS,
    },
  };
}

/** The owner's rules one by one: each line of what they wrote. */
export async function listRules(app: App): Promise<readonly Rule[]> {
  return rulesOf(await getSettings(app));
}

function rulesOf(settings: InstanceSettings): readonly Rule[] {
  const [main, ...others] = ruleLanguages(settings).map(({ language, source }) => ({
    language,
    lines: ruleLines(source),
  }));
  return (main?.lines ?? []).map((text, index) => ({
    id: index + 1,
    text,
    translations: Object.fromEntries(
      others.flatMap(({ language, lines }) => {
        const line = lines[index];
        return line === undefined ? [] : [[language, line]];
      }),
    ),
  }));
}

/** One rule in the best of a reader's languages. `main`: the language that it is written in first. */
export function ruleFor(
  rule: Rule,
  wanted: readonly string[],
  main: string,
): { readonly text: string; readonly language: string } {
  const language = bestLanguage([main, ...Object.keys(rule.translations)], wanted) ?? main;
  return { text: rule.translations[language] ?? rule.text, language };
}

function htmlOf(app: App, source: string): string {
  return source === ""
    ? ""
    : renderMarkup(source, { mention: () => null, tag: (tag) => app.uris.tag(tag) }).html;
}

/** A longer text of the owner's as HTML, and when the server was set up, ms: texts of it have no time of their own. */
export type OwnersText = { readonly html: string; readonly at: number };

/** What the owner says this server is. */
export async function viewDescription(app: App): Promise<OwnersText> {
  return { html: htmlOf(app, (await getSettings(app)).description), at: await setUpAt(app) };
}

/** Where the page lies that says what is kept. */
export async function viewPrivacy(app: App): Promise<OwnersText> {
  return { html: htmlOf(app, `${app.config.origin}/about/privacy`), at: await setUpAt(app) };
}

/** The owner's terms. @throws not_found when they wrote none */
export async function viewTerms(app: App): Promise<OwnersText> {
  const { terms } = await getSettings(app);
  if (terms === "") throw notFound();
  return { html: htmlOf(app, terms), at: await setUpAt(app) };
}

async function setUpAt(app: App): Promise<number> {
  return fromJson<number>(await readSetting(app.db, "setUpAt"), 0);
}

/** Servers that something was sent to, by name; a closed server keeps them to itself. @throws not_found */
export async function listPeers(app: App): Promise<readonly string[]> {
  if (app.config.federation === "allow-list") throw notFound();
  return await listHostNames(app.db, PEERS);
}

/** Rules about servers that people notice, by name, if the owner publishes them. @throws not_found */
export async function listPublishedBlocks(app: App): Promise<readonly ShownRule[]> {
  if (!(await getSettings(app)).publishesBlocks) throw notFound();
  return await listShownRules(app);
}

/** Figures of one week that begins at `start` (ms). */
export type Week = {
  readonly start: number;
  readonly notes: number;
  readonly seen: number;
  readonly joined: number;
};

/** The last twelve weeks, this one first; weeks begin on Mondays, UTC. */
export async function listWeeks(app: App): Promise<readonly Week[]> {
  // 1970 began on a Thursday.
  const monday = 4 * 86_400_000;
  const thisWeek = Math.floor((app.clock.now() - monday) / WEEK) * WEEK + monday;
  const since = Math.max(0, thisWeek - (WEEKS - 1) * WEEK);
  const notes = await countNotesByWeek(app.db, idAt(since), WEEK * SEQUENCE_VALUES);
  const { made, seen } = await countAccountsByWeek(app.db, since, WEEK);
  const of = (rows: readonly WeekRow[], week: number) => rows.find((row) => row.week === week)?.count ?? 0;
  return Array.from({ length: WEEKS }, (_, back) => {
    const week = WEEKS - 1 - back;
    return {
      start: since + week * WEEK,
      notes: of(notes, week),
      seen: of(seen, week),
      joined: of(made, week),
    };
  });
}
