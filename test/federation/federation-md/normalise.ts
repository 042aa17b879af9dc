/** What real ids are called in the page. */
export type Names = Map<string, string>;

/** Ids are times with chance in them, keys and signatures are chance: both stand in the page by names and dots. */
const SECRET: Readonly<Record<string, string>> = {
  publicKeyPem: "-----BEGIN PUBLIC KEY-----\n…\n-----END PUBLIC KEY-----\n",
  publicKeyMultibase: "z6Mk…",
  proofValue: "z…",
  signatureValue: "…",
};

/**
 * A document with the names of the page instead of what differs from run to run. Ids without a name are numbered from 1
 * in the order in which the document has them, notes for themselves, activities for themselves, and so on.
 */
export function normalised(value: unknown, names: Names): unknown {
  const own: Names = new Map(names);
  const counts = new Map<string, number>();
  const nameOf = (id: string, kind: string): string => {
    const known = id === String(Number.MAX_SAFE_INTEGER) ? id : own.get(id);
    if (known !== undefined) return known;
    const count = (counts.get(kind) ?? 0) + 1;
    counts.set(kind, count);
    own.set(id, String(count));
    return String(count);
  };
  const named = (text: string): string =>
    text
      .replaceAll(/\/media\/[\w-]{16,}(\.\w+)/g, "/media/…$1")
      .replaceAll(/([\w-]*[^\w-]?)(\d{13,})/g, (_, kind: string, id: string) => kind + nameOf(id, kind));
  const walk = (item: unknown): unknown => {
    if (typeof item === "string") return named(item);
    if (Array.isArray(item)) return item.map(walk);
    if (typeof item !== "object" || item === null) return item;
    const members = Object.entries(item).filter(([, inner]) => inner !== undefined);
    return Object.fromEntries(
      members.map(([key, inner]) => [
        named(key),
        typeof inner === "string" ? (SECRET[key] ?? walk(inner)) : walk(inner),
      ]),
    );
  };
  return walk(value);
}
