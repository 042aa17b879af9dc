import { readdir, readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { toNormal } from "../../federation/reading/normal.ts";
import { refusesContextAliases, scanJson } from "../../server/http/raw-json.ts";
import type { Json } from "./implementations/software.ts";

const folder = new URL("../fixtures/", import.meta.url);
const names = (await readdir(folder)).filter((name) => name.endsWith(".json"));

/** Every document of a fixture by its name: the file itself, or what its server serves and sends. */
async function documentsOf(name: string): Promise<readonly (readonly [string, Json])[]> {
  const json = JSON.parse(await readFile(new URL(name, folder), "utf8")) as Json;
  if (!("software" in json)) return [[name, json]];
  const contexts = (json["contexts"] ?? {}) as Json;
  const filled = (document: Json): Json => {
    const text = JSON.stringify(document)
      .replaceAll(/"@context":"\$(\w+)"/g, (_, key: string) => `"@context":${JSON.stringify(contexts[key])}`)
      .replaceAll(/\{\{(\w+)\}\}/g, "https://home.test/$1");
    return JSON.parse(text) as Json;
  };
  return [json["served"], json["sent"]].flatMap((part) =>
    Object.entries(part as Readonly<Record<string, Json>>).map(
      ([key, document]) => [key, filled(document)] as const,
    ),
  );
}

describe.each(names)("%s", (name) => {
  test("passes the guards and is read without the network", async () => {
    for (const [key, json] of await documentsOf(name)) {
      expect(scanJson(Buffer.from(JSON.stringify(json))), key).toMatchObject({ ok: true });
      expect(refusesContextAliases(json), key).toBeNull();
      const normal = await toNormal(json);
      expect(normal?.["id"], key).toBe(new URL(String(json["id"])).href);
      // Keys in documents of their own have the security vocabulary's word.
      expect([json["type"], "https://w3id.org/security#Key"], key).toContainEqual(normal?.["type"]);
    }
  });
});
