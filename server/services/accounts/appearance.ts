import { createHash } from "node:crypto";
import type { App } from "../../context.ts";
import { outranks, type Viewer } from "../../domain/actor.ts";
import { accentTones, leastContrast, readable, TEXT_CONTRAST, toHex } from "../../domain/colour.ts";
import { CausewayError, forbidden, invalid, type Message } from "../../errors.ts";
import { fromJson, toJson } from "../../store/codec.ts";
import { type Db, transaction } from "../../store/database.ts";
import { enqueue } from "../../store/jobs.ts";
import { readSetting, removeSetting, writeSetting } from "../../store/settings.ts";
import { type CssFault, CUSTOM_CSS_MAX, findCssFault } from "../../text/custom-css.ts";
import { storeImage } from "../media/encoder.ts";
import { type Appearance, RADII, type Radius, toAppearance } from "./settings.ts";
import { audit } from "../moderation/audit.ts";

export type AppearanceChange = {
  /** `#rrggbb`; empty = the usual one. */
  readonly accent: string;
  /** For the dark pages; empty = made from the other one. */
  readonly accentDark: string;
  readonly radius: string;
  readonly css: string;
  readonly logo?: Uint8Array | "remove" | undefined;
};

/** The owner's style sheet as it was written; only the form wants it. */
export async function getCustomCss(app: App): Promise<string> {
  return fromJson<string>(await readSetting(app.db, "customCss"), "");
}

/** The compiled sheet of that name, or null when it is not the present one. */
export async function getThemeSheet(app: App, name: string): Promise<string | null> {
  const sheet = fromJson<{ readonly name: string; readonly body: string } | null>(
    await readSetting(app.db, "themeSheet"),
    null,
  );
  return sheet?.name === name ? sheet.body : null;
}

/**
 * Changes how the pages of this server look: accent, corners, logo, own styles.
 * @throws forbidden below admin, invalid with fields: an accent that cannot be read is answered with the nearest that can.
 */
export async function updateAppearance(app: App, viewer: Viewer, change: AppearanceChange): Promise<void> {
  if (!outranks(viewer.role, "moderator")) throw forbidden();
  const checked = checkAppearance(change);
  const before = toAppearance(await readSetting(app.db, "appearance"));
  const logo = await newLogo(app, change.logo, before.logo);
  const body = sheetOf(checked, change.css);
  const sheet = body === "" ? null : createHash("sha256").update(body).digest("base64url").slice(0, 16);
  const appearance: Appearance = { ...checked, logo, sheet };
  await transaction(app.db, async (tx) => {
    await writeSetting(tx, "appearance", toJson(appearance));
    await audit(app, tx, viewer, { what: "appearance.changed" });
    await put(tx, "customCss", change.css.trim() === "" ? null : toJson(change.css));
    await put(tx, "themeSheet", sheet === null ? null : toJson({ name: sheet, body }));
    if (before.logo !== null && before.logo !== logo)
      await enqueue(tx, {
        id: app.ids.next(),
        now: app.clock.now(),
        kind: "remove-files",
        payload: { files: [before.logo] },
        lane: 2,
      });
  });
  app.wake();
}

async function put(tx: Db, name: string, value: string | null): Promise<void> {
  await (value === null ? removeSetting(tx, name) : writeSetting(tx, name, value));
}

type Checked = Pick<Appearance, "accent" | "accentDark" | "radius">;

function checkAppearance(change: AppearanceChange): Checked {
  const faults: Record<string, Message> = {};
  const accent = checkAccent(change.accent, "light");
  const accentDark = checkAccent(change.accentDark, "dark");
  if (typeof accent === "object" && accent !== null) faults["accent"] = accent;
  if (typeof accentDark === "object" && accentDark !== null) faults["accentDark"] = accentDark;
  const fault = findCssFault(change.css);
  if (fault !== null) faults["css"] = cssMessage(fault);
  const radius: Radius | undefined = RADII.find((one) => one === change.radius);
  if (radius === undefined) faults["radius"] = { key: "field.required" };
  if (Object.keys(faults).length > 0) throw invalid(faults);
  return {
    accent: typeof accent === "string" ? accent : null,
    accentDark: typeof accentDark === "string" ? accentDark : null,
    radius: radius ?? "soft",
  };
}

function checkAccent(text: string, theme: "light" | "dark"): string | null | Message {
  if (text.trim() === "") return null;
  const colour = toHex(text);
  if (colour === null) return { key: "field.colour_form" };
  if (leastContrast(colour, theme) >= TEXT_CONTRAST) return colour;
  return {
    key: theme === "light" ? "field.colour_pale" : "field.colour_dim",
    params: { nearest: readable(colour, theme) },
  };
}

const CSS_KEYS: Readonly<Record<CssFault["reason"], string>> = {
  address: "field.css_address",
  import: "field.css_import",
  unclosed: "field.css_unclosed",
  stray: "field.css_stray",
  control: "field.css_control",
  long: "field.css_long",
};

function cssMessage({ reason, at }: CssFault): Message {
  return { key: CSS_KEYS[reason], params: { line: at, max: CUSTOM_CSS_MAX / 1024 } };
}

async function newLogo(
  app: App,
  logo: AppearanceChange["logo"],
  before: string | null,
): Promise<string | null> {
  if (logo === undefined) return before;
  if (logo === "remove") return null;
  try {
    return (await storeImage(app, logo, "avatar")).name;
  } catch (error) {
    const fault = error instanceof CausewayError ? error.fields["file"] : undefined;
    throw fault === undefined ? error : invalid({ logo: fault });
  }
}

/** Rounded corners in rem: of cards and of small things. */
const CORNERS: Readonly<Record<Radius, readonly [string, string]>> = {
  square: ["0", "0"],
  soft: ["0.625rem", "0.4375rem"],
  round: ["1.125rem", "0.75rem"],
};

/** The sheet that follows ours: tokens into their layer, the owner's own rules into the last one. Empty = all is usual. */
function sheetOf({ accent, accentDark, radius }: Checked, css: string): string {
  const tokens: string[] = [];
  if (accent !== null || accentDark !== null) {
    const light = accentTones(accent ?? readable(accentDark ?? "", "light"), "light");
    const dark = accentTones(accentDark ?? readable(accent ?? "", "dark"), "dark");
    for (const [name, part] of TONES) tokens.push(`--${name}: light-dark(${light[part]}, ${dark[part]});`);
  }
  if (radius !== "soft") {
    const [large, small] = CORNERS[radius];
    tokens.push(`--radius: ${large};`, `--radius-small: ${small};`);
  }
  const own = tokens.length === 0 ? "" : `@layer tokens {\n:root {\n${tokens.join("\n")}\n}\n}\n`;
  return css.trim() === "" ? own : `${own}@layer custom {\n${css}\n}\n`;
}

const TONES = [
  ["accent", "accent"],
  ["accent-strong", "strong"],
  ["accent-ink", "ink"],
  ["accent-soft", "soft"],
] as const;
