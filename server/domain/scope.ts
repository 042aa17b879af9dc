// What an app may do in somebody's name: Mastodon's scopes (docs.joinmastodon.org, OAuth scopes).

const READ =
  `accounts blocks bookmarks favourites filters follows lists mutes notifications search statuses`.split(" ");
const WRITE =
  `accounts blocks bookmarks conversations favourites filters follows lists media mutes notifications reports statuses`.split(
    " ",
  );
const ADMIN =
  `accounts reports domain_allows domain_blocks ip_blocks email_domain_blocks canonical_email_blocks`.split(
    " ",
  );

/** Every scope there is, coarse ones first. */
export const SCOPES: readonly string[] = [
  "profile",
  "read",
  "write",
  "follow",
  "push",
  "admin:read",
  "admin:write",
  ...READ.map((one) => `read:${one}`),
  ...WRITE.map((one) => `write:${one}`),
  ...ADMIN.flatMap((one) => [`admin:read:${one}`, `admin:write:${one}`]),
];

const FOLLOW: ReadonlySet<string> = new Set(
  ["read", "write"].flatMap((verb) => ["blocks", "follows", "mutes"].map((noun) => `${verb}:${noun}`)),
);

/** The scopes of a text such as `read write:statuses`, each once; null when one is unknown. `+` and commas divide, too. */
export function parseScopes(text: string): readonly string[] | null {
  const scopes = [...new Set(text.split(/[\s+,]+/).filter((word) => word !== ""))];
  return scopes.every((scope) => SCOPES.includes(scope)) ? scopes : null;
}

/** True when granted scopes cover a wanted one: `read` covers `read:statuses`, `follow` what people are to each other. */
export function coversScope(granted: readonly string[], wanted: string): boolean {
  return granted.some(
    (scope) =>
      scope === wanted || wanted.startsWith(`${scope}:`) || (scope === "follow" && FOLLOW.has(wanted)),
  );
}
