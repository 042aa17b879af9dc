import { parseFragment, type DefaultTreeAdapterTypes } from "parse5";

/** What a browser makes of a piece of HTML, flattened. */
export type Seen = {
  readonly tags: readonly string[];
  readonly attributes: readonly { readonly tag: string; readonly name: string; readonly value: string }[];
  readonly depth: number;
  readonly text: string;
};

const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(
    "br del s pre code em strong b i u ul blockquote ruby rt rp".split(" ").map((tag) => [tag, []]),
  ),
  a: ["href", "rel", "class", "translate"],
  p: ["class", "lang", "dir"],
  span: ["class", "translate", "lang", "dir"],
  ol: ["start", "reversed"],
  li: ["value"],
};
const CLASSES = ["mention", "hashtag", "u-url", "h-card", "ellipsis", "invisible", "quote-inline"];

/** Parses as a browser does. */
export function look(html: string): Seen {
  const tags: string[] = [];
  const attributes: { tag: string; name: string; value: string }[] = [];
  let text = "";
  let deepest = 0;
  const visit = (node: DefaultTreeAdapterTypes.ChildNode, depth: number): void => {
    if ("value" in node) text += node.value;
    if (!("tagName" in node)) {
      if (node.nodeName !== "#text") tags.push(node.nodeName);
      return;
    }
    deepest = Math.max(deepest, depth);
    tags.push(node.tagName);
    for (const { name, value } of node.attrs) attributes.push({ tag: node.tagName, name, value });
    node.childNodes.forEach((child) => visit(child, depth + 1));
    if ("content" in node) tags.push("template-content");
  };
  parseFragment(html).childNodes.forEach((node) => visit(node, 1));
  return { tags, attributes, depth: deepest, text };
}

/** Names everything in the HTML that the allow-list does not know; empty when all is well. */
export function faults(html: string): readonly string[] {
  const { tags, attributes, depth } = look(html);
  const found = tags.filter((tag) => !(tag in ALLOWED)).map((tag) => `<${tag}>`);
  if (depth > 32) found.push(`depth ${depth}`);
  if (Buffer.byteLength(html) > 65_536) found.push(`size ${Buffer.byteLength(html)}`);
  // eslint-disable-next-line no-control-regex
  if (/[\0-\x08\x0b\x0c\x0e-\x1f\u202a-\u202e\u2066-\u2069]/.test(html)) found.push("control character");
  for (const { tag, name, value } of attributes) {
    if (!ALLOWED[tag]?.includes(name)) found.push(`${tag}[${name}]`);
    if (name === "href" && !/^https?:\/\/[^/@\\\s]+\//.test(value)) found.push(`href ${value}`);
    if (name === "class" && value.split(" ").some((word) => !CLASSES.includes(word)))
      found.push(`class ${value}`);
  }
  return found;
}

/** Runs a function until it is warm and gives its best time in milliseconds. */
export function bestTime(run: () => unknown): number {
  let best = Infinity;
  for (let i = 0; i < 4; i++) {
    const start = performance.now();
    run();
    best = Math.min(best, performance.now() - start);
  }
  return best;
}
