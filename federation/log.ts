import { getLogger } from "@logtape/logtape";

/** The log of this folder: ids and uris, never bodies, tokens or addresses of people. */
export const log = getLogger(["causeway", "federation"]);
