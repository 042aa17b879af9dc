import type { ReceivedCollection } from "../../server/domain/collection.ts";
import { fromCollection } from "../reading/from-collection.ts";
import { iriOf, typesOf, webAddress, type Json } from "../reading/json.ts";
import { toNormal } from "../reading/normal.ts";
import type { Documents } from "./documents.ts";

/** Reads a featured collection at its own address (FEP-7aa9). */
export async function fetchFeaturedCollection(
  documents: Documents,
  uri: string,
): Promise<ReceivedCollection | null> {
  const json = await normalAt(documents, uri);
  const collection = json === null ? null : fromCollection(json);
  return collection?.uri === uri ? collection : null;
}

/** Reads who agreed to stand in which collection. What is gone is forgotten as a failure, since it may be asked for again. */
export async function fetchFeatureStamp(
  documents: Documents,
  uri: string,
): Promise<{ readonly collectionUri: string; readonly actorUri: string } | null> {
  documents.forget(uri);
  const json = await normalAt(documents, uri);
  if (json === null || !typesOf(json).includes("FeatureAuthorization") || iriOf(json["id"]) !== uri)
    return null;
  const collectionUri = webAddress(iriOf(json["interactingObject"]));
  const actorUri = webAddress(iriOf(json["interactionTarget"]));
  return collectionUri === null || actorUri === null ? null : { collectionUri, actorUri };
}

async function normalAt(documents: Documents, uri: string): Promise<Json | null> {
  const loaded = await documents.loadById(uri);
  return loaded.ok ? toNormal(loaded.json) : null;
}
