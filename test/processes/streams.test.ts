import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { openEar } from "../api/listening.ts";
import { findFreePort } from "../../server/ops/listen.ts";
import { createPostgresDatabase } from "../support/databases.ts";
import { temporaryFolder } from "../support/folders.ts";
import { post, setUp } from "./people.ts";
import { eventually, runCommand, type Server, startServer } from "./processes.ts";

describe("Two web processes on one PostgreSQL", { timeout: 240_000 }, () => {
  test("tell each other's streams what happens, end them with their tokens, and say goodbye when they stop", async () => {
    const own = await createPostgresDatabase();
    onTestFinished(own.drop);
    const port = await findFreePort();
    const shared = {
      CAUSEWAY_DATA: join(temporaryFolder(), "data"),
      DATABASE_URL: own.url,
      CAUSEWAY_ORIGIN: `http://127.0.0.1:${port}`,
      CAUSEWAY_ROLE: "web",
    };
    const first = await startServer({ ...shared, PORT: String(port) });
    const second = await startServer({ ...shared });
    const owner = await setUp(first, "ann");
    const [token, other] = [await tokenOf(first), await tokenOf(first)];
    // It listens at another port than people come to; a proxy in front would leave the host as it is.
    const headers = { host: `127.0.0.1:${port}` };
    const ears = await Promise.all(
      [token, other].map((one) =>
        openEar({ origin: second.address }, "?stream=user", { token: one, headers }),
      ),
    );
    // The second process may still be opening its ear to the first.
    const said: string[] = [];
    await eventually(async () => {
      said.push(await post(owner, `Said in the other process ${said.length}`));
      await new Promise((next) => setTimeout(next, 200));
      expect(ears.every(({ heard }) => heard.some(({ event }) => event === "update"))).toBe(true);
    });

    const { length } = ears[0]?.heard ?? [];
    const startedAt = performance.now();
    await post(owner, "Once more");
    await ears[0]?.hears(({ payload }) => payload?.includes("Once more") === true);
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    expect(ears[0]?.heard.length).toBeGreaterThan(length);

    await own.database.db.deleteFrom("tokens").where("scopes", "=", "read").execute();
    const cutAt = performance.now();
    expect(await ears[1]?.ended.then(() => "cut")).toBe("cut");
    expect(performance.now() - cutAt).toBeLessThan(5_000);
    second.child.kill("SIGTERM");
    await second.ended;
  });
});

async function tokenOf(server: Server): Promise<string> {
  const made = await runCommand(server.environment, ["token", "create", "ann", "--scopes", "read"]);
  return made.out.trim().split("\n").at(-1) ?? "";
}
