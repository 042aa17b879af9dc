import type { App } from "../../context.ts";
import type { RateRule } from "../../domain/limits.ts";
import { CausewayError } from "../../errors.ts";

/** Refuses when a limiter's rule is used up. @throws too_many with the seconds to wait. */
export function takeLimit(app: App, rule: RateRule, key: string): void {
  const taken = app.limiter.take(rule, key);
  if (!taken.ok)
    throw new CausewayError("too_many", "error.too_many", {
      retryAfterSeconds: Math.ceil(taken.retryAfterMs / 1000),
    });
}
