import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { z } from "zod";

/** Names of what an archive may hold, besides files in `media/`. */
export const ARCHIVE = {
  manifest: "manifest.json",
  sqlite: "causeway.db",
  dump: "database.jsonl",
  secret: "secret.key",
  media: "media",
} as const;

/** Raised when an older Causeway could not read the archive. */
export const ARCHIVE_FORMAT = 1;

const fileSchema = z.object({ sha256: z.string().regex(/^[0-9a-f]{64}$/), bytes: z.int().min(0) });

const manifestSchema = z.object({
  format: z.int().min(1),
  /** Version of Causeway that made it. */
  version: z.string().regex(/^\d+\.\d+\.\d+/),
  /** Steps of the schema that the database has. */
  schema: z.array(z.string()).min(1),
  origin: z.url(),
  handleHost: z.string(),
  madeAt: z.iso.datetime(),
  database: z.enum(["sqlite", "postgres"]),
  files: z.record(z.string(), fileSchema),
});

/** The first file of an archive: what it holds, with a hash of each other file. */
export type Manifest = z.infer<typeof manifestSchema>;

/** Parses a manifest; null when it is none. */
export function parseManifest(text: string): Manifest | null {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return null;
  }
  const parsed = manifestSchema.safeParse(json);
  return parsed.success ? parsed.data : null;
}

/** SHA-256 (hex) and size of a file. */
export async function measureFile(
  path: string,
): Promise<{ readonly sha256: string; readonly bytes: number }> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return { sha256: hash.digest("hex"), bytes: (await stat(path)).size };
}

/** True when `a` is a later version than `b`, by their three numbers. */
export function isNewerVersion(a: string, b: string): boolean {
  const numbers = (version: string) => version.split(/[.+-]/, 3).map(Number);
  const [left, right] = [numbers(a), numbers(b)];
  const at = left.findIndex((number, index) => number !== right[index]);
  return at >= 0 && (left[at] ?? 0) > (right[at] ?? 0);
}
