/** A colour as red, green and blue from 0 to 255. */
export type Rgb = readonly [red: number, green: number, blue: number];
/** Lightness 0 to 1, chroma, hue in radians (OKLCH): equal steps look equal, and the hue stays while lightness moves. */
type Lch = { readonly lightness: number; readonly chroma: number; readonly hue: number };

/** The surfaces that an accent stands on: `--page`, `--card` and `--sunk` of web/styles/base.css. */
export const SURFACES: Readonly<Record<"light" | "dark", readonly string[]>> = {
  light: ["#fafaf7", "#ffffff", "#f1f2ee"],
  dark: ["#121416", "#1b1e21", "#24282c"],
};

/** WCAG 1.4.3: text, and links are text. */
export const TEXT_CONTRAST = 4.5;

/** `#rgb` or `#rrggbb` as `#rrggbb`, or null. */
export function toHex(text: string): string | null {
  const digits = /^#?([0-9a-f]{3}|[0-9a-f]{6})$/i.exec(text.trim())?.[1]?.toLowerCase();
  if (digits === undefined) return null;
  return `#${digits.length === 3 ? [...digits].map((digit) => digit + digit).join("") : digits}`;
}

/** Contrast of two colours from 1 to 21 (WCAG 2.2, "contrast ratio"). */
export function contrast(one: string, other: string): number {
  const [high, low] = [luminance(fromHex(one)), luminance(fromHex(other))].toSorted((a, b) => b - a);
  return ((high ?? 0) + 0.05) / ((low ?? 0) + 0.05);
}

/** The least contrast of a colour with the surfaces of a theme. */
export function leastContrast(colour: string, theme: "light" | "dark"): number {
  return Math.min(...[...SURFACES[theme], softOf(colour, theme)].map((surface) => contrast(colour, surface)));
}

/** The colour nearest to the given one that can be read on every surface of a theme: its hue stays, its lightness moves. */
export function readable(colour: string, theme: "light" | "dark"): string {
  const start = toLch(fromHex(colour));
  const step = theme === "light" ? -0.005 : 0.005;
  let lightness = start.lightness;
  while (lightness > 0 && lightness < 1) {
    const candidate = fromLch({ ...start, lightness });
    if (leastContrast(candidate, theme) >= TEXT_CONTRAST) return candidate;
    lightness += step;
  }
  return theme === "light" ? "#000000" : "#ffffff";
}

/** What belongs to an accent: stronger for hovering, ink to write on it, a soft ground. */
export type AccentTones = {
  readonly accent: string;
  readonly strong: string;
  readonly ink: string;
  readonly soft: string;
};

/** The tones of an accent that is readable in a theme. */
export function accentTones(accent: string, theme: "light" | "dark"): AccentTones {
  const lch = toLch(fromHex(accent));
  const strong = fromLch({ ...lch, lightness: clamp(lch.lightness + (theme === "light" ? -0.08 : 0.08)) });
  const dark = fromLch({ lightness: 0.2, chroma: Math.min(lch.chroma, 0.04), hue: lch.hue });
  const ink = contrast("#ffffff", accent) >= TEXT_CONTRAST ? "#ffffff" : dark;
  return { accent, strong, ink, soft: softOf(accent, theme) };
}

function softOf(colour: string, theme: "light" | "dark"): string {
  const { chroma, hue } = toLch(fromHex(colour));
  return fromLch({
    lightness: theme === "light" ? 0.94 : 0.28,
    chroma: Math.min(chroma, theme === "light" ? 0.025 : 0.035),
    hue,
  });
}

function clamp(value: number): number {
  return Math.min(1, Math.max(0, value));
}

function fromHex(hex: string): Rgb {
  const value = Number.parseInt(hex.slice(1), 16);
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255];
}

function asHex(rgb: Rgb): string {
  return `#${rgb
    .map((part) =>
      Math.round(clamp(part / 255) * 255)
        .toString(16)
        .padStart(2, "0"),
    )
    .join("")}`;
}

function linear(part: number): number {
  const share = part / 255;
  return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
}

function gamma(share: number): number {
  return 255 * (share <= 0.0031308 ? share * 12.92 : 1.055 * share ** (1 / 2.4) - 0.055);
}

function luminance([red, green, blue]: Rgb): number {
  return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
}

/** By the matrices of the OKLab colour space (CSS Color 4, 10.2). */
function toLch([red, green, blue]: Rgb): Lch {
  const [r, g, b] = [linear(red), linear(green), linear(blue)];
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  const a = 1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s;
  const c = 0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s;
  return {
    lightness: 0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    chroma: Math.hypot(a, c),
    hue: Math.atan2(c, a),
  };
}

/** With less chroma where a screen could not show the colour otherwise, so that the hue stays true. */
function fromLch(lch: Lch): string {
  for (let chroma = lch.chroma; chroma > 0.001; chroma -= 0.004) {
    const rgb = toRgb({ ...lch, chroma });
    if (rgb.every((part) => part >= -0.5 && part <= 255.5)) return asHex(rgb);
  }
  return asHex(toRgb({ ...lch, chroma: 0 }));
}

function toRgb({ lightness, chroma, hue }: Lch): Rgb {
  const a = chroma * Math.cos(hue);
  const b = chroma * Math.sin(hue);
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    gamma(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
    gamma(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
    gamma(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s),
  ];
}
