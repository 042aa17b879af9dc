import { CausewayError } from "../../server/errors.ts";
import type { Documents } from "./documents.ts";

/** Statuses that say "not now". */
const LATER: ReadonlySet<number> = new Set([408, 425, 429]);
/** Why a request of ours had no answer that a later one may have. */
const NO_ANSWER: ReadonlySet<string> = new Set(["no answer", "budget"]);

/**
 * After nothing was found at an address: throws if that was for want of an answer, so that the job is tried again; comes
 * back if there is nothing. What failed a moment ago is not asked again.
 * @throws remote_failed
 */
export async function requireAnswer(documents: Documents, uri: string): Promise<void> {
  const loaded = await documents.load(uri);
  if (loaded.ok) return;
  const { status, reason } = loaded;
  const isAway = status === null ? NO_ANSWER.has(reason) : status >= 500 || LATER.has(status);
  if (isAway) throw new CausewayError("remote_failed", "error.remote_failed");
}
