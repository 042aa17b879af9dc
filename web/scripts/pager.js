// "Older" adds the next page below instead of leading to it; by itself only for who has chosen so. The address follows,
// so that a reload and the way back come to the note that was looked at, with "Newer" above it.

import { all, announceAdded, FRAGMENT, parse, say } from "./dom.js";

/**
 * The address of the page that an item came with.
 * @type {WeakMap<Element, string>}
 */
const pageOf = new WeakMap();

/** @param {ParentNode} root */
export function start(root) {
  for (const link of all(root, ".pager:not(.pages) a[rel~=next]")) {
    link.addEventListener("click", onClick);
    if (link.closest("[data-auto]") !== null) near.observe(link);
  }
  document.addEventListener("click", keepPlace, { capture: true });
}

const near = new IntersectionObserver(
  (entries) => {
    for (const { isIntersecting, target } of entries)
      if (isIntersecting && target instanceof HTMLAnchorElement) void add(target, false);
  },
  { rootMargin: "600px" },
);

/** @param {Event} event */
function onClick(event) {
  const link = event.currentTarget;
  if (!(link instanceof HTMLAnchorElement) || !isPlain(event)) return;
  event.preventDefault();
  void add(link, true);
}

/** @param {Event} event */
function isPlain(event) {
  if (!(event instanceof MouseEvent) || event.defaultPrevented) return false;
  return event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
}

/**
 * @param {HTMLAnchorElement} link
 * @param {boolean} takesFocus
 */
async function add(link, takesFocus) {
  const pager = link.closest(".pager");
  const list = pager?.previousElementSibling;
  if (!pager || !list || link.ariaBusy === "true") return;
  link.ariaBusy = "true";
  near.unobserve(link);
  try {
    const answer = await fetch(link.href, { headers: { accept: `${FRAGMENT}, text/html;q=0.9` } });
    if (!answer.ok) throw new Error(`${answer.status}`);
    const page = parse(await answer.text());
    const nextPager = page.querySelector(".pager");
    const more = nextPager?.previousElementSibling;
    if (!nextPager || more?.className !== list.className) throw new Error("another kind of page");
    const known = new Set([...list.children].map(keyOf));
    const items = [...more.children].filter((item) => !known.has(keyOf(item)));
    list.append(...items);
    for (const item of items) {
      pageOf.set(item, link.href);
      announceAdded(item);
    }
    nextPager.querySelector("[rel~=prev]")?.replaceWith(document.createElement("span"));
    pager.replaceWith(nextPager);
    announceAdded(nextPager);
    history.replaceState(history.state, "", link.href);
    if (takesFocus) focusOn(items[0]);
    say(nextPager.getAttribute("data-added")?.replace("{count}", String(items.length)) ?? "");
  } catch {
    location.assign(link.href);
  }
}

/** @param {Element} item */
function keyOf(item) {
  return item.id || (item.querySelector("[id]")?.id ?? item.textContent);
}

/** @param {Element | undefined} item */
function focusOn(item) {
  const target = item?.querySelector("a[href]:not([tabindex])");
  if (target instanceof HTMLElement) target.focus({ preventScroll: true });
}

/**
 * Leaving by a link of an item that was added: the way back shall lead to that item.
 * @param {Event} event
 */
function keepPlace(event) {
  const link = event.target instanceof Element ? event.target.closest("a[href]") : null;
  if (link === null) return;
  for (let item = link.parentElement; item !== null; item = item.parentElement) {
    const page = pageOf.get(item);
    if (page !== undefined) return history.replaceState(history.state, "", `${page}#${keyOf(item)}`);
  }
}
