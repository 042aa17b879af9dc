// The schema's history: one file a change, numbered, forward only. Imports Kysely and nothing of ours;
// imported by server/store/migrate.ts. Never edit a file that was released: add the next one here.

import type { Kysely } from "kysely";
import { up as initial } from "./0001-initial.ts";
import { up as federation } from "./0002-federation.ts";
import { up as places } from "./0003-places.ts";
import { up as clients } from "./0004-clients.ts";
import { up as lifeboat } from "./0005-lifeboat.ts";
import { up as safety } from "./0006-safety.ts";
import type { Dialect } from "./dialect.ts";

/** One step of the schema; `up` runs inside a transaction on both databases. */
export type SchemaStep = {
  readonly name: string;
  readonly up: (db: Kysely<unknown>, dialect: Dialect) => Promise<void>;
};

/** All steps in order. A step's position is the schema's version. */
export const STEPS: readonly SchemaStep[] = [
  { name: "0001-initial", up: initial },
  { name: "0002-federation", up: federation },
  { name: "0003-places", up: places },
  { name: "0004-clients", up: clients },
  { name: "0005-lifeboat", up: lifeboat },
  { name: "0006-safety", up: safety },
];
