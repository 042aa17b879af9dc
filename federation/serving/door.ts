import type { Federation } from "@fedify/fedify";
import type { App } from "../../server/context.ts";
import type { Extras } from "../writing/wire.ts";

/** What the dispatchers of one request know and leave behind for its answer. */
export type DoorData = {
  readonly app: App;
  /** The actor that signed this request, null for nobody; verified once, when first asked. */
  readonly signer: () => Promise<string | null>;
  /** Set by a dispatcher when the answer is for this signer alone. */
  isPrivate: boolean;
  /** Set when there was something that everybody could see, and it is gone: answered with its Tombstone. */
  goneUri: string | null;
  /** What the vocabulary object of the answer cannot say. */
  extras: Extras;
};

export type DoorFederation = Federation<DoorData>;
