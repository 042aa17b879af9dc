import type { App } from "../../context.ts";
import { type HostRule, ruleFor } from "../../domain/host-policy.ts";
import { flag } from "../../store/codec.ts";
import { hostRules } from "./domains.ts";

/** What rules about servers make of somebody, as columns of their row. */
type Standing = {
  readonly media_rejected: 0 | 1;
  readonly limited_at?: number | null;
  readonly limited_by?: string | null;
};

/**
 * How somebody who is stored, now or again, stands by the rules about their server: of the handle, and of the id. What was
 * decided about them alone stays. Call it before the transaction: rules are in memory.
 */
export async function standingBy(
  app: App,
  who: { readonly host: string; readonly uri: string },
): Promise<
  (stored: { readonly limited_at: number | null; readonly limited_by: string | null } | undefined) => Standing
> {
  const rules = await hostRules(app);
  const hosts = [who.host, URL.canParse(who.uri) ? new URL(who.uri).host : ""];
  const found = hosts.map((host) => ruleFor(rules, host)).filter((rule) => rule !== null);
  const isLimited = found.some((rule: HostRule) => rule.severity === "limit");
  const rejected = { media_rejected: flag(found.some((rule) => rule.rejectMedia)) };
  return (stored) => {
    const isFree = (stored?.limited_at ?? null) === null;
    if (isLimited && isFree) return { ...rejected, limited_at: app.clock.now(), limited_by: "domain" };
    if (!isLimited && stored?.limited_by === "domain")
      return { ...rejected, limited_at: null, limited_by: null };
    return rejected;
  };
}
