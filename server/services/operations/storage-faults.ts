import { getLogger } from "@logtape/logtape";
import { CausewayError } from "../../errors.ts";
import { type StorageFault, storageFaultOf } from "../../store/faults.ts";

/**
 * What a door answers for something thrown: faults of the storage become `unavailable` with words for people and a time for the
 * next try (threats F09 to F14); everything else stays what it is. Nothing was kept, and nothing that was kept is lost.
 */
export function knownFault(error: unknown): unknown {
  if (error instanceof CausewayError) return error;
  const fault = storageFaultOf(error);
  if (fault === null) return error;
  getLogger(["causeway", "store"]).error("storage {fault}: {error}", { fault, error });
  const { key, retryAfterSeconds } = WORDS[fault];
  return new CausewayError("unavailable", key, { retryAfterSeconds, cause: error });
}

const WORDS: Readonly<Record<StorageFault, { readonly key: string; readonly retryAfterSeconds: number }>> = {
  full: { key: "error.storage_full", retryAfterSeconds: 300 },
  busy: { key: "error.storage_busy", retryAfterSeconds: 10 },
  read_only: { key: "error.storage_read_only", retryAfterSeconds: 300 },
  away: { key: "error.storage_away", retryAfterSeconds: 10 },
  damaged: { key: "error.storage_away", retryAfterSeconds: 60 },
};

/**
 * Runs what is nice to have while something is only read, such as noting when somebody was last here: a storage that keeps
 * nothing must not keep people from reading.
 */
export async function whenThereIsRoom(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (storageFaultOf(error) === null) throw error;
  }
}
