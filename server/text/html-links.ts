import { isElement, textOf, type Element } from "./html-element.ts";

/**
 * Makes a link say where it leads. The class `invisible` survives only where the text as a whole is the target
 * and nothing but the scheme and what follows the host is hidden; text that names another host than the target
 * is replaced by the target, or has the real host put behind it.
 */
export function settleLink(link: Element, safeUrl: (text: string) => string | null): Element {
  const href = link.attributes.get("href") ?? "";
  const hides = classed(link, "invisible").length > 0;
  if (hides && hidesHonestly(link, href, safeUrl)) return link;
  if (hides) for (const span of link.children.flatMap(elements)) unhide(span);
  return nameHost(link, href, safeUrl);
}

/** Takes the classes that hide or shorten text off an element, so that all of it is shown. */
export function unhide(element: Element): void {
  const kept = element.attributes
    .get("class")
    ?.split(" ")
    .filter((name) => !/^(?:invisible|ellipsis)$/.test(name));
  if (kept === undefined || kept.length === 0) element.attributes.delete("class");
  else element.attributes.set("class", kept.join(" "));
}

function hidesHonestly(link: Element, href: string, safeUrl: (text: string) => string | null): boolean {
  const parts = link.children.flatMap((child) => shown(child, false)).filter(({ text }) => text !== "");
  const whole = parts.map(({ text }) => text).join("");
  const same = safeUrl(whole);
  if (same === null || /[\p{Cf}\s]/u.test(whole) || /^https?:\/\/[^/?#]*@/i.test(whole)) return false;
  if (same !== href && !(href.startsWith(whole) && hostOf(same) === hostOf(href))) return false;
  if (mixesScripts(whole)) return false;
  const start = /^https?:\/\/(?:www\.)?/i.exec(whole)?.[0].length ?? 0;
  const authority = /^https?:\/\/[^/?#]*/i.exec(whole)?.[0].length ?? 0;
  let at = 0;
  for (const { text, hidden } of parts) {
    const end = at + text.length;
    if (hidden && end > start && at < authority) return false;
    at = end;
  }
  return true;
}

function nameHost(link: Element, href: string, safeUrl: (text: string) => string | null): Element {
  const text = textOf(link)
    .replace(/\p{Cf}/gu, "")
    .trim();
  const host = hostOf(href);
  const first = text.split(/\s/, 1)[0] ?? "";
  if (/^(?:https?:\/\/|www\.)/i.test(first)) {
    const claimed = safeUrl(/^www\./i.test(first) ? `https://${first}` : first);
    const honest = claimed !== null && hostOf(claimed) === host && !/^[^/]*\/\/[^/?#]*@/.test(first);
    return honest && !mixesScripts(first) ? link : { ...link, children: [href] };
  }
  // 「bank.example」 or 「bank.example/login」, but not a file name such as README.md.
  const bare = /^(?:[\p{L}\p{N}-]+\.)+(?!(?:md|rs|py|sh|js|ts|cc|pl)$)\p{L}{2,}(?::\d+)?(?:[/?#]\S*)?$/iu;
  if (!bare.test(text)) return link;
  const claimed = safeUrl(`https://${text}`);
  if (claimed !== null && hostOf(claimed) === host && !mixesScripts(text)) return link;
  return { ...link, children: [...link.children, ` (${host})`] };
}

function hostOf(url: string): string {
  return new URL(url).hostname.replace(/^www\./, "");
}

/** Latin next to Cyrillic, Greek, Armenian or Cherokee in one label of the host: the usual homograph. */
function mixesScripts(url: string): boolean {
  const host = url.replace(/^https?:\/\//i, "").split(/[/?#:]/, 1)[0] ?? "";
  const lookalikes = /\p{Script=Cyrillic}|\p{Script=Greek}|\p{Script=Armenian}|\p{Script=Cherokee}/u;
  return host.split(".").some((label) => /\p{Script=Latin}/u.test(label) && lookalikes.test(label));
}

function shown(
  node: Element | string,
  hidden: boolean,
): { readonly text: string; readonly hidden: boolean }[] {
  if (!isElement(node)) return [{ text: node, hidden }];
  const hides = hidden || hasClass(node, "invisible");
  return node.children.flatMap((child) => shown(child, hides));
}

function classed(element: Element, name: string): readonly Element[] {
  return element.children.flatMap(elements).filter((inner) => hasClass(inner, name));
}

function elements(node: Element | string): readonly Element[] {
  return isElement(node) ? [node, ...node.children.flatMap(elements)] : [];
}

function hasClass(element: Element, name: string): boolean {
  return element.attributes.get("class")?.split(" ").includes(name) ?? false;
}
