import type { DomainRule } from "../../server/domain/host-policy.ts";
import { html } from "hono/html";
import type { Html } from "../html.ts";
import type { Visit } from "../visit.ts";

/** A rule about a server in a few words. */
export function ruleWords(visit: Visit, rule: Omit<DomainRule, "publicComment" | "privateComment">): string {
  const { t } = visit.i18n;
  const isBare = rule.severity === "none" && (rule.rejectMedia || rule.rejectReports);
  return [
    isBare ? null : t(`domains.severity_${rule.severity}`),
    rule.rejectMedia ? t("domains.badge_media") : null,
    rule.rejectReports ? t("domains.badge_reports") : null,
    rule.obfuscated ? t("domains.badge_hidden") : null,
  ]
    .filter((word) => word !== null)
    .join(t("list.separator"));
}

/** The name of a server: punycode as it is, since letters of other alphabets can look like those of another name. */
export function domainName(domain: string): Html {
  return html`<strong dir="ltr">${domain}</strong>`;
}
