import type { ArrivalId } from "../../../server/domain/arrival.ts";
import { parseId } from "../../../server/domain/ids.ts";
import { notFound } from "../../../server/errors.ts";
import type { WebContext } from "../../visit.ts";

/** Where lifeboats are brought; each has its own page below. */
export const ARRIVAL_PATH = "/settings/arrival";

/** The arrival that an address names. @throws not_found */
export function arrivalIdOf(c: WebContext): ArrivalId {
  const id = parseId<ArrivalId>(c.req.param("id"));
  if (id === null) throw notFound();
  return id;
}
