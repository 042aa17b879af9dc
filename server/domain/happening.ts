/**
 * What happened, as tiny as it can be said: kinds and ids, told after the commit to all processes of this server, so that
 * whoever holds a stream open hears of it. What it is about is read when it is told, as the listener may see it then.
 */
export type Happening =
  /** A note or a boost stands in timelines. */
  | { readonly type: "entry"; readonly id: number }
  | { readonly type: "edited"; readonly noteId: number }
  /** A note (`id` = `noteId`) or a boost is gone; `actorId` wrote or boosted it. */
  | { readonly type: "removed"; readonly id: number; readonly noteId: number; readonly actorId: number }
  /** Accounts were told of something: account and notification. */
  | { readonly type: "notified"; readonly told: readonly (readonly [number, number])[] }
  /** Notifications that had waited stand among the others. */
  | { readonly type: "merged"; readonly accountId: number }
  | { readonly type: "filters"; readonly accountId: number }
  /** A direct note is the newest of its conversations. */
  | { readonly type: "conversation"; readonly noteId: number }
  | { readonly type: "announcement"; readonly id: number }
  | { readonly type: "announcement_removed"; readonly id: number }
  /** Some tokens are worth nothing any more, or somebody was suspended. */
  | { readonly type: "access" };

const NUMBERS: Readonly<Record<Happening["type"], readonly string[]>> = {
  entry: ["id"],
  edited: ["noteId"],
  removed: ["id", "noteId", "actorId"],
  notified: [],
  merged: ["accountId"],
  filters: ["accountId"],
  conversation: ["noteId"],
  announcement: ["id"],
  announcement_removed: ["id"],
  access: [],
};

/** Whether something that another process said is a happening. */
export function isHappening(value: unknown): value is Happening {
  if (typeof value !== "object" || value === null) return false;
  const type: unknown = Reflect.get(value, "type");
  if (typeof type !== "string" || !Object.hasOwn(NUMBERS, type)) return false;
  const names = NUMBERS[type as Happening["type"]];
  if (!names.every((name) => Number.isSafeInteger(Reflect.get(value, name)))) return false;
  return type !== "notified" || isTold(Reflect.get(value, "told"));
}

function isTold(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.every(
      (pair) =>
        Array.isArray(pair) && pair.length === 2 && pair.every((id: unknown) => Number.isSafeInteger(id)),
    )
  );
}
