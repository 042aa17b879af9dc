// What this door does, for machines: OpenAPI 3.1, made of the table of routes and of the shapes in entities/.

import { z } from "zod";
import { SCOPES } from "../server/domain/scope.ts";
import { causewayVersion } from "../server/services/administration/software.ts";
import type { AnyEndpoint, Endpoint } from "./endpoint.ts";
import * as accountShapes from "./entities/account.ts";
import * as adminShapes from "./entities/admin.ts";
import * as clientsShapes from "./entities/clients.ts";
import * as commonShapes from "./entities/common.ts";
import * as conversationShapes from "./entities/conversation.ts";
import * as filterShapes from "./entities/filter.ts";
import * as instanceShapes from "./entities/instance.ts";
import * as listShapes from "./entities/list.ts";
import * as noticesShapes from "./entities/notices.ts";
import * as notificationShapes from "./entities/notification.ts";
import * as pushShapes from "./entities/push.ts";
import * as reportShapes from "./entities/report.ts";
import * as scheduledShapes from "./entities/scheduled.ts";
import * as searchShapes from "./entities/search.ts";
import * as statusShapes from "./entities/status.ts";
import * as tagShapes from "./entities/tag.ts";
import * as trendsShapes from "./entities/trends.ts";
import { type Method, type Route, ROUTES } from "./routes.ts";

type Json = Readonly<Record<string, unknown>>;

/** Shapes that have a name of their own in the document; other shapes stand where they are used. */
const ENTITIES: readonly Readonly<Record<string, unknown>>[] = [
  accountShapes,
  adminShapes,
  clientsShapes,
  commonShapes,
  conversationShapes,
  filterShapes,
  instanceShapes,
  listShapes,
  noticesShapes,
  notificationShapes,
  pushShapes,
  reportShapes,
  scheduledShapes,
  searchShapes,
  statusShapes,
  tagShapes,
  trendsShapes,
];

/** The document as text, made when it is first asked for. `origin` is where it says the server is. */
export function createDescription(origin: string): () => string {
  let known: string | null = null;
  return () => (known ??= JSON.stringify(openApiDocument(origin)));
}

/** The OpenAPI document of all routes. */
export function openApiDocument(origin: string): Json {
  const { returned, schemas } = shapes();
  const paths: Record<string, Record<string, Json>> = {};
  for (const route of ROUTES) {
    const path = openPath(route[1]);
    const item = (paths[path] ??= {});
    item[route[0].toLowerCase()] = operationOf(route, returned[keyOf(route)]);
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Causeway",
      version: causewayVersion(),
      summary: "The client API of Mastodon, as this server speaks it",
      description:
        "Parameters may be sent as JSON, as a form or as multipart. Lists are paged by the Link header. " +
        "What differs from Mastodon's own documentation is said at each operation.",
      license: { name: "AGPL-3.0-or-later", identifier: "AGPL-3.0-or-later" },
    },
    servers: [{ url: origin }],
    paths,
    components: {
      schemas: { ...schemas, Error: ERROR },
      responses: RESPONSES,
      headers: HEADERS,
      securitySchemes: { oauth: oauthOf(origin) },
    },
  };
}

const ERROR: Json = {
  type: "object",
  properties: {
    error: { type: "string", description: "A sentence in a language of Accept-Language" },
    error_description: { type: "string" },
    details: { type: "object", description: "Faults by parameter" },
  },
  required: ["error"],
};

const HEADERS: Json = {
  Link: {
    description: 'Where the next (older) and the previous (newer) page are: rel="next", rel="prev"',
    schema: { type: "string" },
  },
  "X-RateLimit-Limit": { description: "Requests in five minutes", schema: { type: "string" } },
  "X-RateLimit-Remaining": { description: "How many of them are left", schema: { type: "string" } },
  "X-RateLimit-Reset": {
    description: "When all of them are there again",
    schema: { type: "string", format: "date-time" },
  },
};

const RATE = ["X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"];

const REFUSALS = {
  Unauthenticated: "There is no token, or it is nobody's",
  Forbidden: "The token does not allow this, or the person may not",
  NotFound: "It is not there, or not for this person to see",
  Invalid: "A parameter is missing or of another kind",
  TooMany: "Too many requests; Retry-After says how many seconds to wait",
} as const;

const RESPONSES: Json = Object.fromEntries(
  Object.entries(REFUSALS).map(([name, description]) => [
    name,
    {
      description,
      headers: headersOf(RATE),
      content: { "application/json": { schema: { $ref: "#/components/schemas/Error" } } },
    },
  ]),
);

function headersOf(names: readonly string[]): Json {
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}

function keyOf([method, path]: Route): string {
  return `${method} ${path}`;
}

/** Hono's `:id{[0-9]+}` as OpenAPI writes it: `{id}`. */
function openPath(path: string): string {
  return path.replaceAll(/:(\w+)(?:\{[^}]*\})?\??/g, "{$1}");
}

function namesInPath(path: string): readonly string[] {
  return [...openPath(path).matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? "");
}

/** What routes answer with, and the named shapes in it: one conversion for all, so that names are the same everywhere. */
function shapes(): { readonly returned: Readonly<Record<string, unknown>>; readonly schemas: Json } {
  const names = z.registry<{ id: string }>();
  const taken = new Set<string>();
  for (const [name, shape] of ENTITIES.flatMap((entities) => Object.entries(entities)))
    if (shape instanceof z.ZodType && !names.has(shape) && !taken.has(name)) {
      taken.add(name);
      names.add(shape, { id: name });
    }
  const all = z.object(
    Object.fromEntries(ROUTES.map((route) => [keyOf(route), endpointOf(route[2]).returns])),
  );
  const { properties = {}, $defs = {} } = z.toJSONSchema(all, {
    metadata: names,
    unrepresentable: "any",
    override: ({ jsonSchema }) => {
      // Clients must let fields pass that they do not know.
      delete jsonSchema.additionalProperties;
    },
  });
  const moved = JSON.parse(
    JSON.stringify({ returned: properties, schemas: $defs }).replaceAll(
      '"$ref":"#/$defs/',
      '"$ref":"#/components/schemas/',
    ),
  ) as { returned: Readonly<Record<string, unknown>>; schemas: Json };
  return moved;
}

function endpointOf(endpoint: AnyEndpoint): Endpoint {
  return endpoint as unknown as Endpoint;
}

function operationOf(route: Route, returned: unknown): Json {
  const [method, path] = route;
  const endpoint = endpointOf(route[2]);
  const { summary, coverage } = endpoint;
  const { names, required } = paramsOf(endpoint);
  const inPath = namesInPath(path);
  const others = Object.entries(names).filter(([name]) => !inPath.includes(name));
  const isBody = method !== "GET" && others.length > 0;
  return {
    operationId: operationIdOf(method, path),
    tags: [tagOf(path)],
    summary,
    ...(coverage.as === "partial" ? { description: `Not as in Mastodon: ${coverage.missing}` } : {}),
    security: securityOf(endpoint),
    parameters: [
      ...inPath.map((name) => ({ name, in: "path", required: true, schema: names[name] ?? {} })),
      ...(isBody ? [] : others.map(([name, schema]) => inQuery(name, schema, required.has(name)))),
    ],
    ...(isBody ? { requestBody: bodyOf(Object.fromEntries(others), required, endpoint) } : {}),
    responses: {
      "200": {
        description: summary,
        headers: headersOf("max_id" in names ? ["Link", ...RATE] : RATE),
        content: { "application/json": { schema: returned ?? {} } },
      },
      ...refusalsOf(endpoint, inPath.length > 0, Object.keys(names).length > 0),
    },
  };
}

function refusalsOf({ who, scopes }: Endpoint, isOfSomething: boolean, isAsked: boolean): Json {
  const refusal = (name: keyof typeof REFUSALS): Json => ({ $ref: `#/components/responses/${name}` });
  return {
    ...(who === "anyone" ? {} : { "401": refusal("Unauthenticated") }),
    ...(scopes.length === 0 ? {} : { "403": refusal("Forbidden") }),
    ...(isOfSomething ? { "404": refusal("NotFound") } : {}),
    ...(isAsked ? { "422": refusal("Invalid") } : {}),
    "429": refusal("TooMany"),
  };
}

/** Parameters by name as JSON Schema, and which of them must be there. */
function paramsOf({ params }: Endpoint): {
  readonly names: Readonly<Record<string, Json>>;
  readonly required: ReadonlySet<string>;
} {
  const { properties = {} } = z.toJSONSchema(params, {
    io: "input",
    unrepresentable: "any",
    override: ({ zodSchema, jsonSchema }) => {
      // The only kind of ours that JSON has no word for is a file (kinds.ts).
      if (zodSchema instanceof z.ZodCustom) Object.assign(jsonSchema, { type: "string", format: "binary" });
    },
  });
  return { names: properties as Readonly<Record<string, Json>>, required: requiredOf(params) };
}

/** Kinds take nothing for many things, so the schema is asked: what is missed when there is nothing must be there. */
function requiredOf(params: z.ZodType): ReadonlySet<string> {
  const issues = params.safeParse({}).error?.issues ?? [];
  return new Set(issues.map((issue) => String(issue.path[0])));
}

/** Lists are written `name[]` in an address, things with names inside `name[inside]`. */
function inQuery(name: string, schema: Json, required: boolean): Json {
  if (schema["type"] === "array") return { name: `${name}[]`, in: "query", required, schema, explode: true };
  if (schema["type"] === "object") return { name, in: "query", required, schema, style: "deepObject" };
  return { name, in: "query", required, schema };
}

function bodyOf(properties: Json, required: ReadonlySet<string>, { takesFiles }: Endpoint): Json {
  const wanted = Object.keys(properties).filter((name) => required.has(name));
  const schema = { type: "object", properties, ...(wanted.length === 0 ? {} : { required: wanted }) };
  const types =
    takesFiles === true
      ? ["multipart/form-data", "application/json"]
      : ["application/json", "application/x-www-form-urlencoded", "multipart/form-data"];
  return {
    required: wanted.length > 0,
    content: Object.fromEntries(types.map((type) => [type, { schema }])),
  };
}

function securityOf({ who, scopes }: Endpoint): readonly Json[] {
  const ways = scopes.length === 0 ? [{ oauth: [] }] : scopes.map((scope) => ({ oauth: [scope] }));
  return who === "anyone" ? [{}, ...ways] : ways;
}

function oauthOf(origin: string): Json {
  const scopes = Object.fromEntries(SCOPES.map((scope) => [scope, scope.replaceAll(":", " ")]));
  const tokenUrl = `${origin}/oauth/token`;
  return {
    type: "oauth2",
    description: "Tokens are sent as `Authorization: Bearer …`",
    flows: {
      authorizationCode: { authorizationUrl: `${origin}/oauth/authorize`, tokenUrl, scopes },
      clientCredentials: { tokenUrl, scopes },
    },
  };
}

/** `GET /api/v1/accounts/:id/statuses` is `getV1AccountsIdStatuses`. */
function operationIdOf(method: Method, path: string): string {
  const words = openPath(path)
    .replace(/^\/api\//, "")
    .split(/[^A-Za-z0-9]+/)
    .filter((word) => word !== "");
  return method.toLowerCase() + words.map((word) => word.slice(0, 1).toUpperCase() + word.slice(1)).join("");
}

function tagOf(path: string): string {
  const [first = "", second = "", third = ""] = path
    .replace(/^\/api/, "")
    .slice(1)
    .split("/");
  if (!/^v\d$/.test(first)) return first;
  return second === "admin" ? `admin ${third}` : second;
}
