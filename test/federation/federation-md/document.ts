// FEDERATION.md and what is really served and sent, side by side.
// Used by test/federation/federation-md.test.ts.
// This file: the page's examples and claims, as written.

import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ROOT } from "../../support/sources.ts";

const PAGE = join(ROOT, "FEDERATION.md");
const EXAMPLE = /<!-- example: ([\w-]+) -->\n+```(json|http|xml)\n([\s\S]*?)\n```/g;

/** An example of the page: JSON as a value, anything else as its text. */
export type Example = { readonly name: string; readonly language: string; readonly content: unknown };

/** The page as it is. */
export async function readPage(): Promise<string> {
  return await readFile(PAGE, "utf8");
}

/** Every example of the page, in order. @throws SyntaxError for one that is no JSON */
export function examplesOf(page: string): readonly Example[] {
  return [...page.matchAll(EXAMPLE)].map(([, name = "", language = "", text = ""]) => ({
    name,
    language,
    content: language === "json" ? (JSON.parse(text) as unknown) : text,
  }));
}

/** Writes what is really served and sent into the examples of the page. */
export async function writeExamples(served: ReadonlyMap<string, unknown>): Promise<void> {
  const page = await readPage();
  const written = page.replaceAll(EXAMPLE, (block, name: string, language: string) => {
    const content = served.get(name);
    if (content === undefined) return block;
    const text = typeof content === "string" ? content : inWidth(content);
    return `<!-- example: ${name} -->\n\n\`\`\`${language}\n${text}\n\`\`\``;
  });
  if (written !== page) await writeFile(PAGE, written);
}

/** One claim's proof: a test file, without folder `test/` and ending, and the title of a test in it. */
export type Proof = { readonly file: string; readonly title: string };

/**
 * The prose of the page with the tests that prove it: each paragraph, list or table, and the `tested` mark below it.
 */
export function claimsOf(
  page: string,
): readonly { readonly prose: string; readonly proofs: readonly Proof[] | null }[] {
  const body = page
    .slice(page.indexOf("\n## "))
    .replaceAll(EXAMPLE, "")
    .replaceAll(/```[\s\S]*?```/g, "");
  const blocks = body
    .split(/\n{2,}/)
    .map((block) => block.trim())
    .filter((block) => block !== "" && !block.startsWith("#"));
  return blocks.flatMap((prose, index) =>
    prose.startsWith("<!-- tested") ? [] : [{ prose, proofs: proofsOf(blocks[index + 1] ?? "") }],
  );
}

/** `<!-- tested: federation/door "title", "title"; http/security "title" -->` */
function proofsOf(mark: string): readonly Proof[] | null {
  if (!mark.startsWith("<!-- tested")) return null;
  const groups = mark.matchAll(/([\w-]+(?:\/[\w.-]+)+)((?:,?\s*"[^"]+")+)/g);
  return [...groups].flatMap(([, file = "", titles = ""]) =>
    [...titles.matchAll(/"([^"]+)"/g)].map(([, title = ""]) => ({
      file,
      title: title.replaceAll(/\s+/g, " "),
    })),
  );
}

const WIDTH = 100;

/** JSON as people write it: on one line what fits there. */
function inWidth(value: unknown, indent = ""): string {
  const line = oneLine(value);
  if (line.length + indent.length <= WIDTH || typeof value !== "object" || value === null) return line;
  const inner = `${indent}  `;
  if (Array.isArray(value))
    return `[\n${value.map((item) => inner + inWidth(item, inner)).join(",\n")}\n${indent}]`;
  const members = Object.entries(value).map(
    ([key, item]) => `${inner}${JSON.stringify(key)}: ${inWidth(item, inner)}`,
  );
  return `{\n${members.join(",\n")}\n${indent}}`;
}

function oneLine(value: unknown): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((item) => oneLine(item)).join(", ")}]`;
  const members = Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}: ${oneLine(item)}`);
  return members.length === 0 ? "{}" : `{ ${members.join(", ")} }`;
}
