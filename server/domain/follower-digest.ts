/**
 * The digest of a set of followers (FEP-8fcf): the SHA-256 of each uri, all XORed together, as lower case hex. The order
 * does not matter, no follower at all gives 64 zeros. The hash is handed in, since this folder computes and nothing else.
 */
export function followerDigest(uris: Iterable<string>, sha256: (text: string) => Uint8Array): string {
  const digest = new Uint8Array(32);
  for (const uri of uris) {
    const hash = sha256(uri);
    for (let index = 0; index < 32; index++) digest[index] = (digest[index] ?? 0) ^ (hash[index] ?? 0);
  }
  return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** What a `Collection-Synchronization` header says (FEP-8fcf). */
export type FollowerSync = {
  /** The sender's followers collection. */
  readonly collectionId: string;
  /** Where the sender lists its followers on the receiver's host. */
  readonly url: string;
  readonly digest: string;
};

/** The value of the header, parameters as in a `Signature` header. */
export function toSyncHeader(sync: FollowerSync): string {
  return `collectionId="${sync.collectionId}", url="${sync.url}", digest="${sync.digest}"`;
}

/** Reads the header; null when a parameter is missing, given twice or malformed. */
export function fromSyncHeader(value: string): FollowerSync | null {
  if (value.length > 4_096) return null;
  const found = [...value.matchAll(/(?:^|,)\s*([A-Za-z]+)\s*=\s*"([^"\\]*)"/g)];
  const parameters = new Map(found.map((match) => [match[1] ?? "", match[2] ?? ""]));
  if (parameters.size !== found.length) return null;
  const [collectionId, url, digest] = ["collectionId", "url", "digest"].map((name) => parameters.get(name));
  if (collectionId === undefined || url === undefined || digest === undefined) return null;
  return /^[0-9a-f]{64}$/i.test(digest) ? { collectionId, url, digest: digest.toLowerCase() } : null;
}
