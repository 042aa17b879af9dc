// Makes docs/client-api.md of the table of routes; `npm run docs` writes it, a test fails when it is not current.

import type { AnyEndpoint } from "../api/endpoint.ts";
import { ROUTES } from "../api/routes.ts";
import { type Documented, DOCUMENTED, type Tier } from "./mastodon-endpoints.ts";

const TIERS: readonly (readonly [Tier, string])[] = [
  [1, "To sign in, read, post and be notified"],
  [2, "For full everyday use"],
  [3, "What few apps ask for"],
];

/** What is served but is no row of the table of routes, since it answers with streams or with the description itself. */
const ELSEWHERE: ReadonlyMap<string, AnyEndpoint["coverage"]> = new Map();

/** The whole page, as it must be in docs/client-api.md. */
export function clientApiPage(): string {
  const served = coverages();
  const known = new Set(DOCUMENTED.map(keyOf));
  const more = [...served.keys()].filter((key) => !known.has(key));
  return `# The client API

Causeway speaks the client API of Mastodon, so apps made for Mastodon work with it. This page is made by \`npm run docs\` from
the table of routes (\`api/routes.ts\`) and from the list of what Mastodon documents (\`docs/mastodon-endpoints.ts\`). A server
describes its own API at \`/api/openapi.json\` (OpenAPI 3.1).

**Full**: every documented parameter and field. **Partial**: works, with what is said. **Absent**: answered with 404 and
\`{"error": …}\`, like every unknown address under \`/api\`.

${TIERS.map(([tier, title]) => section(title, ofTier(tier), served)).join("\n")}
## Beside what Mastodon documents

${more.length === 0 ? "Nothing." : more.map((key) => line(key, served)).join("\n")}
`;
}

function ofTier(tier: Tier): readonly Documented[] {
  return DOCUMENTED.filter((one) => one.tier === tier);
}

/** How far each served address goes; names of parameters do not matter. */
function coverages(): ReadonlyMap<string, AnyEndpoint["coverage"]> {
  const ofRoutes = ROUTES.map(
    ([method, path, endpoint]) => [keyOf({ method, path }), endpoint.coverage] as const,
  );
  return new Map([...ofRoutes, ...ELSEWHERE]);
}

function keyOf({ method, path }: Pick<Documented, "method" | "path">): string {
  return `${method} ${path.replaceAll(/:\w+(?:\{[^}]*\})?/g, ":id")}`;
}

function section(
  title: string,
  documented: readonly Documented[],
  served: ReadonlyMap<string, AnyEndpoint["coverage"]>,
): string {
  const count = (state: string): number =>
    documented.filter((one) => (served.get(keyOf(one))?.as ?? "absent") === state).length;
  const counts = ["full", "partial", "absent"].map((state) => `${count(state)} ${state}`).join(", ");
  const lines = documented.map((one) => line(keyOf(one), served, `${one.method} ${one.path}`));
  return `## ${title}\n\n${counts}.\n\n${lines.join("\n")}\n`;
}

function line(
  key: string,
  served: ReadonlyMap<string, AnyEndpoint["coverage"]>,
  shown: string = key,
): string {
  const coverage = served.get(key);
  const state =
    coverage === undefined
      ? "absent"
      : coverage.as === "full"
        ? "full"
        : `partial: ${escaped(coverage.missing)}`;
  return `- \`${shown}\` ${state}`;
}

/** Names of parameters are set as code, so that nothing in them is read as emphasis. */
function escaped(sentence: string): string {
  return sentence.includes("`")
    ? sentence
    : sentence.replaceAll(/[\w:./]*[_[\]*<>][\w:./[\]*<>-]*\w?\]?/g, (name) => `\`${name}\``);
}
