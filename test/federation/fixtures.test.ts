import { readdir, readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { parseActivity, parseObject } from "../../federation/reading/contexts.ts";
import type { Json } from "../../federation/reading/json.ts";
import { refusesContextAliases, scanJson } from "../../server/http/raw-json.ts";

const folder = new URL("../fixtures/", import.meta.url);
const names = (await readdir(folder)).filter((name) => name.endsWith(".json"));

test.each(names)("%s passes the guards and is read without the network", async (name) => {
  const bytes = await readFile(new URL(name, folder));
  expect(scanJson(bytes)).toMatchObject({ ok: true });
  const json = JSON.parse(bytes.toString()) as Json;
  expect(refusesContextAliases(json)).toBeNull();
  const parsed = "actor" in json && "object" in json ? await parseActivity(json) : await parseObject(json);
  expect(parsed?.id?.href).toBe(json["id"]);
});

test("fixtures of at least six implementations are here", () => {
  expect(new Set(names.map((name) => name.split("-")[0])).size).toBeGreaterThanOrEqual(6);
});
