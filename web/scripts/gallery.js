// Pictures in a dialog over the page: pushed sideways, by keys or buttons, and on into the author's next note. Closing
// it, or going back, leads to where one was.

import { fetchFragment } from "./dom.js";

/** One listener for all pictures, also those that come later. */
export function start() {
  document.addEventListener("click", onClick);
}

/** @param {MouseEvent} event */
function onClick(event) {
  const link = event.target instanceof Element ? event.target.closest("a.media-link") : null;
  if (!(link instanceof HTMLAnchorElement) || event.defaultPrevented) return;
  if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  open(link).catch(() => location.assign(link.href));
}

/** @param {HTMLAnchorElement} link */
async function open(link) {
  const body = (await fetchFragment(link.href)).firstElementChild;
  const strip = body?.querySelector(".gallery-strip");
  if (!body || !(strip instanceof HTMLElement)) throw new Error("no gallery");
  const dialog = document.createElement("dialog");
  dialog.className = "gallery";
  dialog.setAttribute("aria-label", body.getAttribute("aria-label") ?? "");
  dialog.setAttribute("closedby", "any");
  dialog.append(body);
  document.body.append(dialog);
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("keydown", (event) => onKey(event, strip, body));
  for (const button of body.querySelectorAll("button[data-step]"))
    button.addEventListener("click", () => step(strip, body, Number(button.getAttribute("data-step"))));
  dialog.showModal();
  const first = Number(link.href.split("/").at(-1)) - 1;
  strip.children[first]?.scrollIntoView({ behavior: "instant", inline: "center" });
}

/**
 * @param {KeyboardEvent} event
 * @param {HTMLElement} strip
 * @param {Element} body
 */
function onKey(event, strip, body) {
  if (event.target instanceof HTMLMediaElement) return;
  const ways = { ArrowRight: 1, ArrowLeft: -1 };
  const way = event.key === "ArrowRight" || event.key === "ArrowLeft" ? ways[event.key] : 0;
  if (way === 0) return;
  event.preventDefault();
  void step(strip, body, getComputedStyle(strip).direction === "rtl" ? -way : way);
}

/** @param {HTMLElement} strip */
function placeOf(strip) {
  const middle = strip.getBoundingClientRect().left + strip.clientWidth / 2;
  const far = [...strip.children].map((slide) => {
    const box = slide.getBoundingClientRect();
    return Math.abs(box.left + box.width / 2 - middle);
  });
  return far.indexOf(Math.min(...far));
}

/**
 * One picture on or back; behind the last comes the author's next note.
 * @param {HTMLElement} strip
 * @param {Element} body
 * @param {number} by
 */
async function step(strip, body, by) {
  const to = Math.max(0, placeOf(strip) + by);
  if (to >= strip.children.length) await goOn(strip, body);
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  strip.children[to]?.scrollIntoView({ behavior: still ? "instant" : "smooth", inline: "center" });
}

/**
 * @param {HTMLElement} strip
 * @param {Element} body
 */
async function goOn(strip, body) {
  const link = body.querySelector("a.gallery-on");
  if (!(link instanceof HTMLAnchorElement)) return;
  link.remove();
  try {
    const next = await fetchFragment(link.href);
    strip.append(...next.querySelectorAll(".gallery-slide"));
    const further = next.querySelector("a.gallery-on");
    if (further !== null) body.append(further);
  } catch {
    location.assign(link.href);
  }
}
