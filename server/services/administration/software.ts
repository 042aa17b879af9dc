import { readFile } from "node:fs/promises";
import manifest from "../../../package.json" with { type: "json" };
import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import { dialectOf } from "../../store/database.ts";
import { schemaStatus } from "../../store/migrate.ts";
import { requireAdministrator } from "./roles.ts";

/** A package that this server is built on. */
export type Ingredient = {
  readonly name: string;
  readonly version: string;
  /** SPDX words, as the package says itself; null where it is not installed or does not say. */
  readonly licence: string | null;
};

export type Software = {
  readonly version: string;
  readonly licence: string;
  readonly runtime: string;
  readonly database: "sqlite" | "postgres";
  /** Names of the steps. */
  readonly schema: { readonly applied: readonly string[]; readonly pending: readonly string[] };
  readonly ingredients: readonly Ingredient[];
};

/** Causeway's own version. */
export function causewayVersion(): string {
  return manifest.version;
}

/** What runs here. @throws forbidden below admin */
export async function viewSoftware(app: App, viewer: Viewer): Promise<Software> {
  requireAdministrator(viewer);
  const { applied, pending } = await schemaStatus(app.db);
  return {
    version: manifest.version,
    licence: manifest.license,
    runtime: `Node.js ${process.versions.node}`,
    database: dialectOf(app.db),
    schema: { applied, pending },
    ingredients: await Promise.all(
      Object.entries(manifest.dependencies).map(async ([name, version]) => ({
        name,
        version,
        licence: await licenceOf(name),
      })),
    ),
  };
}

/** Where packages lie: beside our sources, or beside us when we are a package ourselves. */
const PLACES = ["../../../node_modules/", "../../../../"];

async function licenceOf(name: string): Promise<string | null> {
  for (const place of PLACES) {
    const path = new URL(`${place}${name}/package.json`, import.meta.url);
    const text = await readFile(path, "utf8").catch(() => null);
    if (text === null) continue;
    const said: unknown = Reflect.get(Object(JSON.parse(text)), "license");
    return typeof said === "string" ? said : null;
  }
  return null;
}
