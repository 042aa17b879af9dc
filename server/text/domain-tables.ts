import type { DomainRule, Severity } from "../domain/host-policy.ts";

// Tables of rules about servers as Mastodon writes and reads them (app/controllers/admin/export_domain_blocks_controller.rb,
// form/admin/import_domain_blocks), and lists of domains alone, a line each.

type Cells = readonly string[];

const COLUMNS = ["#domain", "#severity", "#reject_media", "#reject_reports", "#public_comment", "#obfuscate"];

/** Their words for how severe a rule is. */
const SEVERITY_WORDS: Readonly<Record<string, Severity>> = {
  suspend: "suspend",
  silence: "limit",
  limit: "limit",
  noop: "none",
  none: "none",
};
const WORD_OF: Readonly<Record<Severity, string>> = { suspend: "suspend", limit: "silence", none: "noop" };

/** A line of a table before anybody looked whether its domain is one; `severity` null: a word that means nothing here. */
export type TableLine = Omit<DomainRule, "severity" | "privateComment"> & {
  readonly domain: string;
  readonly severity: Severity | null;
};

/**
 * The lines of a table, its header and lines of remark left out. Without a header the first cell is a domain to suspend,
 * whatever else stands in the line.
 */
export function readDomainTable(rows: readonly Cells[], commentMax: number): readonly TableLine[] {
  const [first = []] = rows;
  const names = first.map((cell) => cell.trim().toLowerCase().replace(/^#/, ""));
  const hasHeader = names.includes("domain");
  const columns = hasHeader ? names : ["domain"];
  return (hasHeader ? rows.slice(1) : rows).flatMap((cells) => {
    const cell = (name: string) => {
      const at = columns.indexOf(name);
      return at === -1 ? "" : (cells[at] ?? "").trim();
    };
    const domain = cell("domain");
    if (domain === "" || domain.startsWith("#")) return [];
    return [lineOf(domain, cell, commentMax)];
  });
}

function lineOf(domain: string, cell: (name: string) => string, commentMax: number): TableLine {
  const word = cell("severity").toLowerCase();
  const words = cell("public_comment")
    .replace(/\p{Cc}+/gu, " ")
    .replace(/^'(?=[=+\-@])/, "");
  const comment = [...words].slice(0, commentMax).join("");
  return {
    domain,
    severity: word === "" ? "suspend" : (SEVERITY_WORDS[word] ?? null),
    rejectMedia: isTrue(cell("reject_media")),
    rejectReports: isTrue(cell("reject_reports")),
    obfuscated: isTrue(cell("obfuscate")),
    publicComment: comment === "" ? null : comment,
  };
}

function isTrue(cell: string): boolean {
  return /^(?:true|t|1|yes|on)$/i.test(cell);
}

/** The header of a table. */
export const DOMAIN_TABLE_HEADER: Cells = COLUMNS;

/** A rule as a line of a table. Comments of staff for each other stay here. */
export function toTableCells(domain: string, rule: DomainRule): Cells {
  const truth = (value: boolean) => (value ? "True" : "False");
  return [
    domain,
    WORD_OF[rule.severity],
    truth(rule.rejectMedia),
    truth(rule.rejectReports),
    // A spreadsheet must not take somebody else's comment for a formula; domains cannot begin so. It is read back without.
    (rule.publicComment ?? "").replace(/^(?=[=+\-@])/, "'"),
    truth(rule.obfuscated),
  ];
}
