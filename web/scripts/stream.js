// Asks now and then what is new, while somebody looks at the page, and says so. It never puts anything into a list.

import { fetchFragment } from "./dom.js";

const USUAL = 45_000;
const LONGEST = 15 * 60_000;

let wait = USUAL;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

export function start() {
  document.addEventListener("visibilitychange", plan);
  plan();
}

function plan() {
  clearTimeout(timer);
  if (document.visibilityState === "visible") timer = setTimeout(ask, wait);
}

async function ask() {
  const line = document.querySelector("[data-news]");
  const shown = document.querySelector(".to-notifications .unread [aria-hidden]")?.textContent ?? "0";
  const url = line?.getAttribute("data-news") ?? `/home/new?unread=${encodeURIComponent(shown)}`;
  try {
    const answer = await fetchFragment(url);
    wait = USUAL;
    const link = answer.querySelector(".news-link");
    if (link !== null) line?.replaceChildren(link);
    showUnread(answer.querySelector(".unread"));
  } catch (error) {
    // 204 says that nothing is new; anything else, that it is better to ask less.
    const isQuiet = error instanceof Error && error.message === "204";
    wait = isQuiet ? USUAL : Math.min(LONGEST, wait * 2);
  }
  plan();
}

/** @param {Element | null} badge */
function showUnread(badge) {
  if (badge === null) return;
  for (const link of document.querySelectorAll(".to-notifications a")) {
    link.querySelector(".unread")?.remove();
    if (!badge.hasAttribute("hidden")) link.append(badge.cloneNode(true));
  }
}
