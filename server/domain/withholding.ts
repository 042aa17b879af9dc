import type { WithholdingId } from "./ids.ts";
import type { StatementCategory } from "./statement.ts";

// What the law of some countries keeps from the people there: a note or a person is not shown to visitors from these
// countries, and to everybody else it is. Never silently: everybody can read why.

/** Who or what demands it. */
export const WITHHOLDING_BASES = ["court_order", "government_request", "terms", "age"] as const;
export type WithholdingBasis = (typeof WITHHOLDING_BASES)[number];

export const WITHHOLDING_LIMITS = { legalRef: 500, requester: 300, words: 5_000, countries: 60 } as const;

/** Something that is kept from some countries, as a view of it says. `isHere`: whoever reads is in one of them. */
export type Withheld = { readonly countries: readonly string[]; readonly isHere: boolean };

/** A legal demand as staff enters it. Times in ms. */
export type NewWithholding = {
  /** Address of a note, or address or handle of a person. */
  readonly object: string;
  readonly countries: readonly string[];
  readonly basis: WithholdingBasis;
  /** The order, its number and the law. */
  readonly legalRef: string;
  /** Which court or authority; never a private person. */
  readonly requester: string;
  readonly authorityUrl: string | null;
  /** What happened, for the author and for the public notice. */
  readonly facts: string;
  /** What visitors read, by language tag; may be empty, then the usual words stand there. */
  readonly notice: Readonly<Record<string, string>>;
  readonly category: StatementCategory;
  /** The language of facts and reference. */
  readonly language: string | null;
  readonly receivedAt: number;
  readonly endsAt: number | null;
};

/** A withholding as everybody may read it; what it is about stands in `WithholdingWork`. */
export type WithholdingView = {
  readonly id: WithholdingId;
  readonly isAbout: "note" | "person";
  readonly countries: readonly string[];
  readonly basis: WithholdingBasis;
  readonly legalRef: string;
  readonly requester: string;
  readonly authorityUrl: string | null;
  readonly facts: string;
  readonly notice: Readonly<Record<string, string>>;
  readonly receivedAt: number;
  readonly createdAt: number;
  readonly endsAt: number | null;
  readonly endedAt: number | null;
};

/** The same for staff. */
export type WithholdingWork = WithholdingView & { readonly objectUri: string };

/** Codes that look like countries and are none: unknown, Tor, private use, unions. */
const NO_COUNTRIES: ReadonlySet<string> = new Set(["XX", "ZZ", "T1", "EU", "EZ", "UN", "QO", "XA", "XB"]);

/**
 * The country of a header of a trusted proxy (ISO 3166-1 alpha-2), in capitals; null for everything that is none: unknown
 * (`XX`), Tor (`T1`), three letters, several values at once. Unknown means that nothing is withheld.
 */
export function readCountry(header: string | null): string | null {
  const code = header?.trim().toUpperCase() ?? "";
  return /^[A-Z]{2}$/.test(code) && !NO_COUNTRIES.has(code) ? code : null;
}

/** True for a code that is the code of a country, by the tables of the runtime (CLDR). */
export function isCountry(code: string): boolean {
  if (readCountry(code) !== code) return false;
  const names = new Intl.DisplayNames(["en"], { type: "region", fallback: "none" });
  return names.of(code) !== undefined;
}

/** What somebody typed, `de, FR AT`, as codes: those that are countries, and those that are none. */
export function readCountries(text: string): {
  readonly countries: readonly string[];
  readonly unknown: readonly string[];
} {
  const codes = [
    ...new Set(
      text
        .toUpperCase()
        .split(/[\s,;]+/)
        .filter((word) => word !== ""),
    ),
  ];
  return {
    countries: codes.filter(isCountry).toSorted(),
    unknown: codes.filter((code) => !isCountry(code)),
  };
}

/** What several demands keep from whom; null when there is none. */
export function withheldFor(
  columns: readonly (readonly string[])[],
  country: string | null,
): Withheld | null {
  const countries = [...new Set(columns.flat())].toSorted();
  if (countries.length === 0) return null;
  return { countries, isHere: country !== null && countries.includes(country) };
}
