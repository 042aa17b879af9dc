import type { ActorId } from "../../domain/ids.ts";
import type { ArrivalSource } from "./source.ts";

/** Where notes go, and where they are from. */
export type TakingIn = {
  readonly actorId: ActorId;
  readonly username: string;
  readonly arrivalId: number;
  readonly source: ArrivalSource;
  /** The policy of new notes of the account, as its column has it. */
  readonly policy: string | null;
  /** For files on their way. */
  readonly folder: string;
};
