import type { EscapeKit } from "../../domain/lifeboat.ts";

type Json = Readonly<Record<string, unknown>>;

/**
 * True when the messages of a kit say what their names say, of this old account, and lead to this new one. Whoever made the
 * kit, it is an actor of ours who carries them: nothing else may ever be said in its name.
 */
export function areMessages(
  messages: EscapeKit["homes"][number],
  of: { readonly oldUri: string; readonly newUri: string },
): boolean {
  const { oldUri, newUri } = of;
  const isOf = (document: Json, type: string): boolean =>
    document["type"] === type &&
    document["actor"] === oldUri &&
    typeof document["id"] === "string" &&
    document["id"].startsWith(`${oldUri}#`) &&
    isJson(document["signature"]) &&
    JSON.stringify(document).length <= MOST_CHARACTERS;
  const isLeaver = (object: unknown): boolean =>
    isJson(object) && object["id"] === oldUri && object["movedTo"] === newUri;
  const { move, embedded, update } = messages;
  return (
    messages.new === newUri &&
    isOf(move, "Move") &&
    move["object"] === oldUri &&
    move["target"] === newUri &&
    isOf(embedded, "Move") &&
    embedded["target"] === newUri &&
    isLeaver(embedded["object"]) &&
    isOf(update, "Update") &&
    isLeaver(update["object"])
  );
}

/** A profile with everything; others read no more than that of a document anyway. */
const MOST_CHARACTERS = 64 * 1024;

function isJson(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
