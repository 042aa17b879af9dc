import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import type { ArrivalList } from "../../domain/arrival.ts";
import { TRANSFER_FILES } from "../../domain/transfer.ts";
import { CausewayError } from "../../errors.ts";
import { beginImport, startImport } from "../transfers/import.ts";
import type { ArrivalSource } from "./source.ts";

/**
 * Has a list of the lifeboat worked off as if the person had brought it as a file: it adds, and takes nothing away. Answers
 * the transfer; null when there is nothing in it. @throws too_many
 */
export async function takeList(
  app: App,
  viewer: Viewer,
  source: ArrivalSource,
  kind: ArrivalList,
): Promise<number | null> {
  const name = TRANSFER_FILES[kind];
  const text = await source.list(name as Parameters<ArrivalSource["list"]>[0]);
  if (text === null) return null;
  try {
    const id = await beginImport(app, viewer, { name, kind, bytes: new TextEncoder().encode(text) });
    await startImport(app, viewer, id, "merge");
    return id;
  } catch (error) {
    // An empty list, or one that nobody can read: the notes are here all the same.
    if (error instanceof CausewayError && ["invalid", "forbidden"].includes(error.kind)) return null;
    throw error;
  }
}
