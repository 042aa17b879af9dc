import type { Visit } from "../visit.ts";

const SIZES = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"] as const;

/** A size in the reader's words: `1.2 GB`; powers of 1000. */
export function bytesText(visit: Visit, bytes: number): string {
  const power = Math.min(SIZES.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, bytes)) / 3)));
  const format = new Intl.NumberFormat(visit.i18n.locale, {
    style: "unit",
    unit: SIZES[power] ?? "byte",
    unitDisplay: "short",
    maximumFractionDigits: power < 2 ? 0 : 1,
  });
  return format.format(bytes / 1000 ** power);
}

const SPANS = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
  ["second", 1_000],
] as const;

/** A stretch of time in its largest whole unit: `3 hours`. */
export function spanText(visit: Visit, ms: number): string {
  const [unit, size] = SPANS.find(([, length]) => ms >= length) ?? ["second", 1_000];
  const format = new Intl.NumberFormat(visit.i18n.locale, { style: "unit", unit, unitDisplay: "long" });
  return format.format(Math.floor(ms / size));
}
