import { type App, createRecent, type Recent } from "../../context.ts";
import { fromJson } from "../../store/codec.ts";
import { afterCommit } from "../../store/database.ts";
import { isAnythingWithheld, walkWithheldFiles } from "../../store/withholdings.ts";

/** How long a process may go on by what another one has changed. */
const KEPT_MS = 10_000;

type Files = ReadonlyMap<string, readonly string[]>;

/** Files of what is withheld anywhere → countries; by app, so that two instances in one process share nothing. */
const kept = new WeakMap<App, Recent<Files>>();

function recentOf(app: App): Recent<Files> {
  const recent = kept.get(app) ?? createRecent<Files>(app.clock, KEPT_MS);
  kept.set(app, recent);
  return recent;
}

/**
 * From which countries a file of ours (by name) or of another server (by address) is withheld, since it belongs to a note or
 * person that is; empty for nearly everything.
 */
export async function withheldFileCountries(app: App, name: string): Promise<readonly string[]> {
  const files = await recentOf(app).get(async () => {
    const found = new Map<string, readonly string[]>();
    if (!(await isAnythingWithheld(app.db))) return found;
    for await (const file of walkWithheldFiles(app.db)) {
      const countries = fromJson<readonly string[]>(file.countries, []);
      found.set(file.name, [...new Set([...(found.get(file.name) ?? []), ...countries])]);
    }
    return found;
  });
  return files.get(name) ?? [];
}

/** After a change by this process, once it is committed. */
export function forgetWithheldFiles(app: App): void {
  afterCommit(() => recentOf(app).forget());
}
