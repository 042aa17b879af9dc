import { readFile, rm, writeFile } from "node:fs/promises";
import type { App } from "../context.ts";
import { checkSetupToken, createSetupToken, isSetUp } from "../services/accounts/setup.ts";
import { pathsOf } from "./folder.ts";

/**
 * The one-time set-up link, or null when the instance is set up. It is kept in a file that only the server's user can
 * read, and stays the same across restarts while it works.
 */
export async function writeSetupUrl(app: App): Promise<string | null> {
  const path = pathsOf(app.config).setupUrl;
  if (app.config.role === "worker") return null;
  if (await isSetUp(app)) {
    await rm(path, { force: true });
    return null;
  }
  const kept = await readFile(path, "utf8").catch(() => "");
  const keptToken = URL.canParse(kept.trim()) ? new URL(kept.trim()).searchParams.get("token") : null;
  const token =
    keptToken !== null && (await checkSetupToken(app, keptToken)) ? keptToken : await createSetupToken(app);
  if (token === null) return null;
  const url = `${app.config.origin}/setup?token=${encodeURIComponent(token)}`;
  await writeFile(path, `${url}\n`, { mode: 0o600 });
  return url;
}
