import { z } from "zod";
import type { App } from "../../context.ts";
import { transaction } from "../../store/database.ts";
import { writeHost } from "../../store/hosts.ts";
import { enqueueMany } from "../../store/jobs.ts";

// What other servers run, by NodeInfo: it decides how they are told of an escape, and so it has to be known before.

const DAY = 86_400_000;
/** Servers change what they run seldom; one that did not answer is asked again sooner. */
const ASKED_AGAIN_MS = { known: 30 * DAY, unknown: 2 * DAY } as const;
const MOST_BYTES = 64 * 1024;
const MOST_AT_ONCE = 500;

const Links = z.object({
  links: z.array(z.object({ rel: z.string(), href: z.string().max(2_048) })).max(20),
});
const Info = z.object({
  software: z.object({ name: z.string().min(1).max(100), version: z.string().max(100).optional() }),
});

/** Has servers asked what they run, when it is not known or was learnt long ago: one job each. True when any was. */
export async function requestSoftware(
  app: App,
  peers: ReadonlyMap<string, { readonly inbox: string }>,
  known: ReadonlyMap<string, { readonly software: string | null; readonly askedAt: number | null }>,
): Promise<boolean> {
  const now = app.clock.now();
  const due = [...peers].filter(([host]) => {
    const { software = null, askedAt = null } = known.get(host) ?? {};
    const kept = software === null ? ASKED_AGAIN_MS.unknown : ASKED_AGAIN_MS.known;
    return askedAt === null || now - askedAt >= kept;
  });
  if (due.length === 0) return false;
  await transaction(app.db, (tx) =>
    enqueueMany(
      tx,
      due.slice(0, MOST_AT_ONCE).map(([host, { inbox }]) => ({
        id: app.ids.next(),
        now,
        kind: "learn-software",
        payload: { origin: new URL(inbox).origin },
        dedupeKey: `learn-software:${host}`,
        lane: 2 as const,
      })),
    ),
  );
  app.wake();
  return true;
}

/** Asks a server what it runs and remembers the answer, or that there was none. The job behind `learn-software`. */
export async function learnSoftware(app: App, origin: string): Promise<void> {
  const { host } = new URL(origin);
  const found = await readSoftware(app, origin);
  const asked = { software_at: app.clock.now() };
  // What was known before is a better guess than nothing.
  await writeHost(app.db, host, found === null ? asked : { ...asked, ...found });
}

async function readSoftware(
  app: App,
  origin: string,
): Promise<{ readonly software: string; readonly version: string | null } | null> {
  const links = Links.safeParse(await readJson(app, `${origin}/.well-known/nodeinfo`));
  if (!links.success) return null;
  const isNodeInfo = (rel: string) => rel.startsWith("http://nodeinfo.diaspora.software/ns/schema/");
  const [best] = links.data.links
    .filter(({ rel, href }) => isNodeInfo(rel) && URL.canParse(href))
    .toSorted((a, b) => (a.rel < b.rel ? 1 : -1));
  if (best === undefined) return null;
  const info = Info.safeParse(await readJson(app, best.href));
  if (!info.success) return null;
  const { name, version } = info.data.software;
  return { software: name.toLowerCase(), version: version ?? null };
}

/** The way out refuses addresses of our own network; whatever fails is no answer. */
async function readJson(app: App, url: string): Promise<unknown> {
  try {
    const answer = await app.http.fetch({
      url,
      headers: { accept: "application/json" },
      maxBytes: MOST_BYTES,
    });
    return answer.status === 200 ? JSON.parse(new TextDecoder().decode(answer.body)) : null;
  } catch {
    return null;
  }
}
