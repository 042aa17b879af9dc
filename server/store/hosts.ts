import type { Selectable } from "kysely";
import type { Db } from "./database.ts";
import type { HostsTable } from "./schema.ts";

export type HostRow = Selectable<HostsTable>;
export type HostChange = Partial<Omit<HostRow, "host">>;

/** What is known of a remote host's reachability and signatures. */
export async function findHost(db: Db, host: string): Promise<HostRow | undefined> {
  return await db.selectFrom("hosts").selectAll().where("host", "=", host).executeTakeFirst();
}

/** Changes what is known of a host. */
export async function writeHost(db: Db, host: string, change: HostChange): Promise<void> {
  const fresh = { host, signature_spec: null, failures: 0, failing_since: null, retry_at: null };
  await db
    .insertInto("hosts")
    .values({ ...fresh, ...change, host })
    .onConflict((conflict) => conflict.column("host").doUpdateSet({ ...change }))
    .execute();
}

/** Blocked domains; a block covers every subdomain. */
export async function listBlockedDomains(db: Db): Promise<readonly string[]> {
  const rows = await db.selectFrom("domain_blocks").select("host").orderBy("host").execute();
  return rows.map((row) => row.host);
}
