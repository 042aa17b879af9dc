import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The folder that holds package.json, server/ and web/. */
export const ROOT = join(import.meta.dirname, "..", "..");

/** Causeway's own version, from package.json. */
export function readVersion(): string {
  const manifest = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
    readonly version: string;
  };
  return manifest.version;
}
