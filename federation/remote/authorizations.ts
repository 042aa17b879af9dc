import type { ReceivedAuthorization } from "../../server/domain/policy.ts";
import { authorizationOf } from "../reading/from-quote.ts";
import { toNormal } from "../reading/normal.ts";
import type { Documents } from "./documents.ts";

/** Reads a stamp at its own address (FEP-044f, GoToSocial). `gone`: its server says that there was one. */
export async function fetchAuthorization(
  documents: Documents,
  uri: string,
): Promise<ReceivedAuthorization | "gone" | null> {
  const loaded = await documents.loadById(uri);
  if (!loaded.ok) return loaded.status === 410 ? "gone" : null;
  const normal = await toNormal(loaded.json);
  return normal === null ? null : authorizationOf(normal);
}
