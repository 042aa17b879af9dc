/** What is done about a server: nothing but what is rejected, its people limited, or nothing taken and nothing sent. */
export const SEVERITIES = ["none", "limit", "suspend"] as const;
export type Severity = (typeof SEVERITIES)[number];

/** A rule about a server and all below it. */
export type HostRule = {
  readonly severity: Severity;
  /** Its pictures, avatars and emoji are neither kept nor shown. */
  readonly rejectMedia: boolean;
  /** Its reports are not taken. */
  readonly rejectReports: boolean;
};

/** A rule with the words about it. */
export type DomainRule = HostRule & {
  /** Shown with letters left out where rules are published. */
  readonly obfuscated: boolean;
  readonly publicComment: string | null;
  readonly privateComment: string | null;
};

/** Which servers this one talks to, as it is stored. Names are canonical: punycode, lower case, no port, no last dot. */
export type HostRules = {
  readonly rules: ReadonlyMap<string, HostRule>;
  readonly allowed: ReadonlySet<string>;
};

/** `open` = everybody who is not blocked, `allow-list` = nobody who is not allowed. */
export type FederationMode = "open" | "allow-list";

/**
 * True when nothing is taken from a host and nothing sent to it. A rule covers all sub-domains; the longest one that fits
 * decides, and of two alike the block (threats MOD-01). Ports, case and a last dot do not matter. A milder rule is no
 * permission: in an allow-list it only says what else is done about a server that is allowed.
 */
export function isBlockedBy(rules: HostRules, mode: FederationMode, host: string): boolean {
  let isSpared = false;
  for (const name of namesOf(host)) {
    const rule = rules.rules.get(name);
    if (rule?.severity === "suspend" && !isSpared) return true;
    if (rules.allowed.has(name)) return false;
    if (rule !== undefined) isSpared = true;
  }
  return mode === "allow-list";
}

/** True when a block names the host or a domain above it, whatever the mode: for pictures, which may lie anywhere. */
export function isDeniedBy(rules: HostRules, host: string): boolean {
  return isBlockedBy(rules, "open", host);
}

/** The rule that holds for a host: the one that names it most closely. Null where none does, or a closer name is allowed. */
export function ruleFor(rules: HostRules, host: string): HostRule | null {
  for (const name of namesOf(host)) {
    const rule = rules.rules.get(name);
    if (rule !== undefined) return rule;
    if (rules.allowed.has(name)) return null;
  }
  return null;
}

/** A host and the domains above it, the longest first. */
function namesOf(host: string): readonly string[] {
  const labels = hostName(host).split(".");
  return labels.map((_, index) => labels.slice(index).join("."));
}

/** A host as rules spell it. */
export function hostName(host: string): string {
  const plain = host.toLowerCase().replace(/:\d+$/, "").replace(/\.$/, "");
  // Punycode is what addresses hold; only what people type is anything else.
  if (/^[\x20-\x7e]*$/.test(plain)) return plain;
  return URL.canParse(`https://${plain}`) ? new URL(`https://${plain}`).hostname : plain;
}

/** How two rules compare: what the second one does more or less than the first; null = no rule. */
export type RuleChange = "new" | "stricter" | "milder" | "changed" | "same";

/** What would become of a rule; `changed`: stricter in one thing and milder in another, or only in its words. */
export function compareRules(before: DomainRule | null, after: DomainRule): RuleChange {
  if (before === null) return "new";
  const steps = [
    SEVERITIES.indexOf(after.severity) - SEVERITIES.indexOf(before.severity),
    // Whoever is suspended sends neither pictures nor reports.
    Number(rejects(after, "rejectMedia")) - Number(rejects(before, "rejectMedia")),
    Number(rejects(after, "rejectReports")) - Number(rejects(before, "rejectReports")),
  ];
  const isStricter = steps.some((step) => step > 0);
  const isMilder = steps.some((step) => step < 0);
  if (isStricter !== isMilder) return isStricter ? "stricter" : "milder";
  const hasSameWords =
    before.obfuscated === after.obfuscated && (before.publicComment ?? "") === (after.publicComment ?? "");
  return !isStricter && hasSameWords ? "same" : "changed";
}

function rejects(rule: HostRule, what: "rejectMedia" | "rejectReports"): boolean {
  return rule.severity === "suspend" || rule[what];
}

/**
 * True for names under which strangers register: a whole country or kind of names, such as `com` or `co.uk`. By rule, not
 * by the public suffix list: a name without a dot, or one of the usual second words under the two letters of a country.
 */
export function isRegistryName(host: string): boolean {
  const labels = host.split(".");
  if (labels.length < 2) return true;
  const [second = "", top = ""] = labels;
  if (labels.length > 2 || !/^[a-z]{2}$/.test(top)) return false;
  return REGISTRY_WORDS.has(second) || REGISTRY_NAMES.has(host);
}

const REGISTRY_WORDS: ReadonlySet<string> = new Set(
  "ac co com ed edu go gob gouv gov gub ltd mil ne net nom or org sch".split(" "),
);
/** Those of a single country. */
const REGISTRY_NAMES: ReadonlySet<string> = new Set(
  `me.uk plc.uk nhs.uk police.uk asn.au id.au web.id my.id biz.id web.za law.za info.tr name.tr biz.tr web.tr gen.tr blog.br eco.br
   adm.br art.br app.br dev.br gen.nz geek.nz kiwi.nz iwi.nz maori.nz school.nz firm.in gen.in ind.in nic.in res.in idv.tw idv.hk
   gr.jp lg.jp ad.jp pe.kr re.kr info.pl waw.pl biz.pl in.th mi.th asso.fr tm.fr pro.vn info.vn name.vn biz.vn`.split(
    /\s+/,
  ),
);

/** A name with letters left out, as lists are published whose names should not lead anybody there. */
export function obfuscate(host: string): string {
  const kept = Math.floor(host.length / 4);
  return [...host]
    .map((letter, at) => (letter !== "." && at >= kept && at < host.length - kept ? "*" : letter))
    .join("");
}
