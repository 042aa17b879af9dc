import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { openApiDocument } from "../../api/openapi.ts";
import { ROUTES } from "../../api/routes.ts";
import { clientApiPage } from "../../docs/client-api.ts";
import { DOCUMENTED } from "../../docs/mastodon-endpoints.ts";
import { SCOPES } from "../../server/domain/scope.ts";
import { ask, open, type Served } from "./client.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const document = openApiDocument("https://home.test");

/** What OpenAPI 3.1 asks of a document, as far as ours uses it (spec.openapis.org, 3.1.0, section 4.8). */
const Ref = z.strictObject({ $ref: z.string().startsWith("#/components/") });
const Schema = z.record(z.string(), z.unknown());
const Content = z.record(z.string().regex(/^[\w+.-]+\/[\w+.-]+$/), z.strictObject({ schema: Schema }));
const Parameter = z.strictObject({
  name: z.string().min(1),
  in: z.enum(["path", "query"]),
  required: z.boolean(),
  schema: Schema,
  style: z.literal("deepObject").optional(),
  explode: z.boolean().optional(),
});
const Response = z.strictObject({
  description: z.string().min(1),
  headers: z.record(z.string(), Ref).optional(),
  content: Content.optional(),
});
const Operation = z.strictObject({
  operationId: z.string().regex(/^\w+$/),
  tags: z.array(z.string().min(1)).length(1),
  summary: z.string().min(5),
  description: z.string().optional(),
  security: z.array(z.record(z.string(), z.array(z.enum(SCOPES as [string, ...string[]])))).min(1),
  parameters: z.array(Parameter),
  requestBody: z.strictObject({ required: z.boolean(), content: Content }).optional(),
  responses: z.record(z.string().regex(/^[2-5]\d\d$/), z.union([Ref, Response])),
});
const Item = z.partialRecord(z.enum(["get", "post", "put", "patch", "delete"]), Operation);
const OpenApi = z.strictObject({
  openapi: z.literal("3.1.0"),
  info: z.strictObject({
    title: z.string(),
    version: z.string(),
    summary: z.string(),
    description: z.string(),
    license: z.strictObject({ name: z.string(), identifier: z.string() }),
  }),
  servers: z.array(z.strictObject({ url: z.url() })),
  paths: z.record(z.string().startsWith("/"), Item),
  components: z.strictObject({
    schemas: z.record(z.string().regex(/^[\w.-]+$/), Schema),
    responses: z.record(z.string().regex(/^[\w.-]+$/), Response),
    headers: z.record(z.string(), z.strictObject({ description: z.string(), schema: Schema })),
    securitySchemes: z.record(z.string(), z.record(z.string(), z.unknown())),
  }),
});

describe("The description of the API", () => {
  const parsed = OpenApi.parse(document);
  const operations = Object.entries(parsed.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ path, method, operation })),
  );

  test("has every route, and nothing else", () => {
    const described = operations.map(({ path, method }) => `${method.toUpperCase()} ${path}`);
    const served = ROUTES.map(
      ([method, path]) => `${method} ${path.replaceAll(/:(\w+)(?:\{[^}]*\})?/g, "{$1}")}`,
    );
    expect(described.toSorted()).toEqual(served.toSorted());
  });

  test("names each operation once", () => {
    const ids = operations.map(({ operation }) => operation.operationId);
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
  });

  test("has two paths nowhere that differ in names of parameters alone", () => {
    const forms = Object.keys(parsed.paths).map((path) => path.replaceAll(/\{\w+\}/g, "{}"));
    expect(forms.filter((form, index) => forms.indexOf(form) !== index)).toEqual([]);
  });

  test.each(operations)(
    "$method $path says each parameter of its path once, and knows its kind",
    ({ path, operation }) => {
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
      const said = operation.parameters.filter((parameter) => parameter.in === "path");
      expect(said.map(({ name }) => name)).toEqual(inPath);
      expect(said.every(({ required }) => required)).toBe(true);
      const names = operation.parameters.map((parameter) => `${parameter.in} ${parameter.name}`);
      expect(new Set(names).size).toBe(names.length);
      for (const { name, schema } of said) expect(Object.keys(schema), name).not.toEqual([]);
    },
  );

  test("refers to nothing that is not there", () => {
    const missing = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].filter(
      ([, pointer = ""]) =>
        pointer
          .split("/")
          .reduce<unknown>((at, step) => (at as Record<string, unknown> | undefined)?.[step], document) ===
        undefined,
    );
    expect(missing).toEqual([]);
  });

  test("knows every file of entities/, so that shapes have their names", () => {
    const source = readFileSync(join(ROOT, "api", "openapi.ts"), "utf8");
    const files = readdirSync(join(ROOT, "api", "entities"));
    expect(files.filter((file) => !source.includes(`"./entities/${file}"`))).toEqual([]);
    const { schemas } = parsed.components;
    expect(Object.keys(schemas)).toEqual(
      expect.arrayContaining(["Account", "Status", "MediaAttachment", "Error"]),
    );
  });
});

describe("The description at /api/openapi.json", () => {
  let served: Served & { readonly close: () => Promise<void> };
  beforeAll(async () => {
    served = await open();
  });
  afterAll(async () => served.close());

  test("is for everybody, and may be kept", async () => {
    const { status, headers, json } = await ask(served, "GET", "/api/openapi.json");
    expect(status).toBe(200);
    expect(headers.get("cache-control")).toBe("public, max-age=3600");
    expect(headers.get("access-control-allow-origin")).toBe("*");
    expect(json).toEqual(JSON.parse(JSON.stringify(openApiDocument(served.origin))));
  });
});

describe("docs/client-api.md", () => {
  test("is what the table of routes says (npm run docs)", () => {
    expect(readFileSync(join(ROOT, "docs", "client-api.md"), "utf8")).toBe(clientApiPage());
  });

  test("lists what Mastodon documents once each", () => {
    const keys = DOCUMENTED.map(({ method, path }) => `${method} ${path.replaceAll(/:\w+/g, ":id")}`);
    expect(keys.filter((key, index) => keys.indexOf(key) !== index)).toEqual([]);
    expect(keys.every((key) => /^(?:GET|POST|PUT|PATCH|DELETE) \/[\w/.:-]+$/.test(key))).toBe(true);
  });

  test("says that no endpoint of the first two tiers is absent", () => {
    const absent = clientApiPage()
      .split("\n## ")
      .slice(1, 3)
      .flatMap((section) => section.split("\n").filter((line) => line.endsWith(" absent")));
    expect(absent).toEqual([]);
  });
});
