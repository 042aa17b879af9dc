import type { Database } from "../../server/store/database.ts";
import { type Browser } from "../processes/browser.ts";
import { type Environment, runCommand, type Server } from "../processes/processes.ts";

/** A token for somebody's apps, made at the command line. */
export async function aToken(server: Server, username: string): Promise<string> {
  const environment: Environment = server.environment;
  const made = await runCommand(environment, ["token", "create", username]);
  const token = made.out.trim().split("\n").at(-1) ?? "";
  if (token === "") throw new Error(made.err);
  return token;
}

/** What an app was answered; `status` 0 when the connection broke off. */
export type Answered = {
  readonly status: number;
  readonly retryAfter: string | null;
  readonly id: string | null;
};

/** Posts as an app does, with a key under which a second try is the same post. */
export async function postAsApp(
  server: Pick<Server, "address">,
  token: string,
  status: string,
  key: string,
): Promise<Answered> {
  try {
    const response = await fetch(`${server.address}/api/v1/statuses`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${token}`,
        "content-type": "application/json",
        "idempotency-key": key,
      },
      body: JSON.stringify({ status }),
    });
    const body = (await response.json()) as { readonly id?: string };
    return { status: response.status, retryAfter: response.headers.get("retry-after"), id: body.id ?? null };
  } catch {
    return { status: 0, retryAfter: null, id: null };
  }
}

/** How long a page took, ms, and its status. */
export async function timed(
  browser: Browser,
  path: string,
): Promise<{ readonly ms: number; readonly status: number }> {
  const start = performance.now();
  const { status } = await browser.get(path);
  return { ms: performance.now() - start, status };
}

/** The value below which 95 of 100 are. */
export function p95(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length * 0.95)] ?? 0;
}

/** Sources of local notes, sorted. */
export async function sourcesIn(database: Database): Promise<readonly string[]> {
  const rows = await database.db.selectFrom("notes").select("source").where("local", "=", 1).execute();
  return rows.map(({ source }) => source ?? "").toSorted();
}
