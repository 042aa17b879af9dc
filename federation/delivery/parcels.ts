import { hash } from "node:crypto";
import { LRUCache } from "lru-cache";
import type { App } from "../../server/context.ts";
import { readActivities } from "../../server/services/federation/sending.ts";

/** An activity as it goes over the wire: its bytes and their digest, made once for all inboxes. */
export type Parcel = {
  readonly body: Uint8Array<ArrayBuffer>;
  /** SHA-256, base64. */
  readonly digest: string;
  /** Goes with the state of the followers list (FEP-8fcf). */
  readonly sync: boolean;
  /** Is sent at most once to each server, even after a crash (`services/escapes/ledger.ts`). */
  readonly escape: boolean;
};

export type Parcels = {
  /** Those of the activities that are still there; one that was taken back is not sent any more. */
  load(ids: readonly number[]): Promise<ReadonlyMap<number, Parcel>>;
};

const KEPT_BYTES = 16 * 1024 ** 2;

/** Makes the store of what is being sent. */
export function createParcels(app: App): Parcels {
  const kept = new LRUCache<number, Parcel>({
    maxSize: KEPT_BYTES,
    sizeCalculation: (parcel) => parcel.body.byteLength + 200,
  });
  return {
    load: async (ids) => {
      const { present, read } = await readActivities(app, ids, (id) => kept.has(id));
      const loaded = new Map<number, Parcel>();
      for (const { id, body, sync, escape } of read) {
        const bytes = new TextEncoder().encode(body);
        const parcel = { body: bytes, digest: hash("sha256", bytes, "base64"), sync, escape };
        kept.set(id, parcel);
        loaded.set(id, parcel);
      }
      for (const id of present) {
        const parcel = kept.get(id);
        if (parcel !== undefined) loaded.set(id, parcel);
      }
      return loaded;
    },
  };
}
