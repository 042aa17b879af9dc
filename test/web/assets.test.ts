// The static files: what is left out of them on the way to the browser, and what must not be.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { Hono } from "hono";
import { expect, test } from "vitest";
import { loadAssets } from "../../web/assets.ts";

const WEB = join(import.meta.dirname, "..", "..", "web");

function texts(folder: string): readonly (readonly [string, string])[] {
  return readdirSync(join(WEB, folder))
    .filter((name) => /\.(?:css|js)$/.test(name))
    .map((name) => [name, readFileSync(join(WEB, folder, name), "utf8")]);
}

test("no module and no style sheet has a string over several lines, so that lines may lose their indentation", () => {
  for (const [name, text] of [...texts("scripts"), ...texts("styles")])
    for (const line of text.split("\n").filter((line) => !/^\s*(?:\/\/|\/?\*)/.test(line)))
      expect((line.match(/`/g) ?? []).length % 2, `${name}: ${line}`).toBe(0);
});

test("a module goes out shortened, under a name that changes with the modules, in the coding that was asked for", async () => {
  const { assets, serve } = loadAssets();
  const site = new Hono().get("/static/:file", serve).get("/static/:folder/:file", serve);
  const ask = async (path: string, coding: string) =>
    await site.request(path, { headers: { "accept-encoding": coding } });
  const plain = await (await ask(assets.script, "identity")).text();
  const source = readFileSync(join(WEB, "scripts", "main.js"), "utf8");
  expect(plain.length).toBeLessThan(source.length / 1.5);
  expect(plain).toContain("import(");
  const packed = await ask(assets.script, "br, gzip");
  expect(packed.headers.get("content-encoding")).toBe("br");
  expect(brotliDecompressSync(await packed.arrayBuffer()).toString()).toBe(plain);
  const older = await ask(assets.script, "gzip, br;q=0");
  expect(gunzipSync(await older.arrayBuffer()).toString()).toBe(plain);
  expect((await ask("/static/scripts-0000000000/main.js", "br")).status).toBe(404);
});

test("the style sheet keeps every rule of every part", async () => {
  const { assets, serve } = loadAssets();
  const css = await (await new Hono().get("/static/:file", serve).request(assets.css)).text();
  for (const [name, text] of texts("styles").filter(([name]) => name !== "embed.css"))
    expect(css.split("{").length, name).toBeGreaterThan(text.split("{").length);
  expect(css).not.toContain("/*");
});
