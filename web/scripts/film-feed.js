// One film a screen: the one in sight plays, without sound until somebody asks for it, and never where motion or data
// are not wanted. Keys go from film to film; everything else is the browser's own player.

import { say } from "./dom.js";
import { mayMove } from "./video.js";

/** @param {ParentNode} root */
export function start(root) {
  for (const feed of root.querySelectorAll("[data-films]")) if (feed instanceof HTMLElement) open(feed);
}

/** @param {HTMLElement} feed */
function open(feed) {
  const mayPlay = feed.dataset.films === "play" && mayMove();
  let hasSound = false;

  const watcher = new IntersectionObserver(
    (seen) => {
      for (const { target, isIntersecting } of seen) {
        if (!(target instanceof HTMLVideoElement)) continue;
        if (!isIntersecting) target.pause();
        else if (mayPlay) play(target);
      }
    },
    { threshold: 0.6 },
  );
  /** @param {HTMLVideoElement} film */
  const play = (film) => {
    film.muted = !hasSound;
    film.loop = true;
    // Browsers may refuse; the player's own button is still there.
    film.play().catch(() => undefined);
  };
  const word = () => feed.dataset[hasSound ? "soundOff" : "soundOn"] ?? "";
  /** @param {ParentNode} root */
  const prepare = (root) => {
    for (const film of root.querySelectorAll("video")) watcher.observe(film);
    if (!mayPlay) return;
    for (const button of root.querySelectorAll("[data-sound]")) {
      button.removeAttribute("hidden");
      const label = button.querySelector("span");
      if (label !== null) label.textContent = word();
    }
  };
  prepare(feed);
  feed.addEventListener("causeway:added", ({ target }) => {
    if (target instanceof Element) prepare(target);
  });
  feed.addEventListener("click", ({ target }) => {
    if (!(target instanceof Element) || target.closest("[data-sound]") === null) return;
    hasSound = !hasSound;
    for (const film of feed.querySelectorAll("video")) film.muted = !hasSound;
    prepare(feed);
    say(word());
  });
  document.addEventListener("keydown", (event) => step(feed, event));
}

/**
 * @param {HTMLElement} feed
 * @param {KeyboardEvent} event
 */
function step(feed, event) {
  const way =
    event.key === "ArrowDown" || event.key === "j"
      ? 1
      : event.key === "ArrowUp" || event.key === "k"
        ? -1
        : 0;
  const isElsewhere =
    event.target instanceof Element && event.target.closest("input, textarea, select, video, .menu");
  if (way === 0 || event.ctrlKey || event.metaKey || event.altKey || isElsewhere) return;
  const screens = [...feed.children];
  const middle = innerHeight / 2;
  const at = screens.findIndex((screen) => screen.getBoundingClientRect().bottom > middle);
  const next = screens[at + way];
  if (!(next instanceof HTMLElement)) return;
  event.preventDefault();
  next.scrollIntoView();
  next.focus({ preventScroll: true });
}
