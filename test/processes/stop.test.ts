import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, test } from "vitest";
import { aToken, postAsApp, sourcesIn } from "../faults/people.ts";
import { temporaryFolder } from "../support/folders.ts";
import { openBrowser } from "./browser.ts";
import { setUp } from "./people.ts";
import { databaseOf, eventually, restart, startServer } from "./processes.ts";

describe("A server under load", () => {
  test("that is asked to end answers what it began, none of it with a fault, ends with 0, and all it took is there (F06)", async () => {
    const server = await startServer();
    await setUp(server, "ann");
    const token = await aToken(server, "ann");
    const kept: string[] = [];
    const others: number[] = [];
    let over = false;
    const busy = Array.from({ length: 24 }, async (_, who) => {
      for (let n = 0; !over; n++) {
        const text = `Post ${who}-${n}`;
        const { status } =
          who % 3 === 0
            ? await postAsApp(server, token, text, text)
            : { status: await statusOf(server.address) };
        if (who % 3 === 0 && status === 200) kept.push(text);
        else if (![0, 200, 429].includes(status)) others.push(status);
        // The connection was refused: nobody is there any more.
        if (status === 0) return;
      }
    });
    await eventually(() => expect(kept.length).toBeGreaterThan(10));
    const since = performance.now();
    server.child.kill("SIGTERM");
    expect(await server.ended).toBe(0);
    expect(performance.now() - since).toBeLessThan(26_000);
    over = true;
    await Promise.all(busy);
    expect(others.filter((status) => status !== 503)).toEqual([]);
    const sources = await sourcesIn(databaseOf(server));
    // What broke off before its answer may be there too: an app asks again with the same key.
    expect(sources).toEqual(expect.arrayContaining(kept));
    expect(new Set(sources).size).toBe(sources.length);
  });
});

describe("A fault that nobody caught", () => {
  test("in a promise is logged and harms nobody; one that leaves unknown state behind ends the process cleanly (F34)", async () => {
    const folder = temporaryFolder();
    const [reject, fail] = [join(folder, "reject"), join(folder, "fail")];
    const script = join(folder, "faults.mjs");
    writeFileSync(
      script,
      `import { existsSync, rmSync } from "node:fs";
      const once = (path, work) => existsSync(path) && (rmSync(path), work());
      setInterval(() => {
        once(${JSON.stringify(reject)}, () => Promise.reject(new Error("forgotten promise")));
        once(${JSON.stringify(fail)}, () => { throw new Error("loose end"); });
      }, 20).unref();`,
    );
    const server = await startServer({ NODE_OPTIONS: `--import=${pathToFileURL(script).href}` });
    const browser = await setUp(server, "ann");
    writeFileSync(reject, "");
    await eventually(() => expect(server.output()).toContain("forgotten promise"));
    expect((await browser.get("/settings")).status).toBe(200);
    writeFileSync(fail, "");
    expect(await server.ended).toBe(1);
    expect(server.output()).toMatch(/loose end[^]*Stopping \(uncaught exception\)[^]*Stopped\./);
    const again = await restart(server);
    expect((await openBrowser(again.origin).get("/@ann")).status).toBe(200);
  });
});

async function statusOf(address: string): Promise<number> {
  try {
    const response = await fetch(`${address}/@ann`, { headers: { accept: "text/html" } });
    await response.text();
    return response.status;
  } catch {
    return 0;
  }
}
