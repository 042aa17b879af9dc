/** An element of a sanitised tree; text children are plain, not escaped. */
export type Element = {
  readonly tag: string;
  readonly attributes: Map<string, string>;
  readonly children: (Element | string)[];
};

/** What is left to write. */
export type Budget = { bytes: number; elements: number };

/** Tells an element from text. */
export function isElement(node: Element | string): node is Element {
  return typeof node !== "string";
}

/** Tells whether a node is a block or holds one. */
export function hasBlock(element: Element): boolean {
  if (/^(?:p|ul|ol|li|blockquote|pre|div)$/.test(element.tag)) return true;
  return element.children.some((child) => isElement(child) && hasBlock(child));
}

/** Gives all text of a node, hidden or not, in reading order. */
export function textOf(node: Element | string): string {
  return isElement(node) ? node.children.map(textOf).join("") : node;
}

/**
 * Writes the children of an element as HTML within the budget (`bytes` of UTF-8); what does not fit is left
 * out, a link never in part.
 * @param measure counts the bytes of a string
 */
export function serialize(element: Element, budget: Budget, measure: (text: string) => number): string {
  let html = "";
  for (const child of element.children) {
    if (budget.bytes <= 0) break;
    html += isElement(child) ? writeElement(child, budget, measure) : writeText(child, budget, measure);
  }
  return html;
}

function writeElement(element: Element, budget: Budget, measure: (text: string) => number): string {
  const { tag } = element;
  let open = `<${tag}`;
  for (const [name, value] of element.attributes) {
    open += value === "" ? ` ${name}` : ` ${name}="${escape(value).replace(/"/g, "&quot;")}"`;
  }
  open += ">";
  const close = tag === "br" ? "" : `</${tag}>`;
  const cost = measure(open) + close.length;
  if (budget.elements < 1 || budget.bytes < cost) {
    budget.bytes = 0;
    return "";
  }
  const before = { ...budget };
  budget.bytes -= cost;
  budget.elements -= 1;
  const inner = serialize(element, budget, measure);
  const cut = budget.bytes <= 0 && before.bytes > cost;
  if ((inner === "" && tag !== "br" && tag !== "li") || (cut && tag === "a")) return "";
  return open + inner + close;
}

function writeText(text: string, budget: Budget, measure: (text: string) => number): string {
  const html = escape(text);
  const size = measure(html);
  if (size <= budget.bytes) {
    budget.bytes -= size;
    return html;
  }
  let kept = "";
  for (const character of text) {
    const piece = escape(character);
    budget.bytes -= measure(piece);
    if (budget.bytes < 0) break;
    kept += piece;
  }
  budget.bytes = 0;
  return kept;
}

function escape(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
}
