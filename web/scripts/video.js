// One film at a time, none out of sight; silent loops by themselves only where motion and data are no matter.

import { all } from "./dom.js";

/**
 * Films that were stopped because they went out of sight.
 * @type {WeakSet<HTMLMediaElement>}
 */
const waiting = new WeakSet();

/** @param {ParentNode} root */
export function start(root) {
  document.addEventListener("play", onPlay, { capture: true });
  for (const film of all(root, "video")) sight.observe(film);
  for (const button of all(root, "button[data-loop]")) loop(/** @type {HTMLButtonElement} */ (button));
}

/** @param {Event} event */
function onPlay(event) {
  const film = event.target;
  if (!(film instanceof HTMLMediaElement) || film.muted) return;
  for (const other of document.querySelectorAll("video, audio"))
    if (other !== film && other instanceof HTMLMediaElement && !other.muted) other.pause();
}

const sight = new IntersectionObserver(
  (entries) => {
    for (const { isIntersecting, target } of entries)
      if (target instanceof HTMLVideoElement) (isIntersecting ? enter : leave)(target);
  },
  { threshold: 0.4 },
);

/** @param {HTMLVideoElement} film */
function enter(film) {
  if (!waiting.has(film) && !(film.matches("[data-autoplay]") && film.played.length === 0 && mayMove()))
    return;
  waiting.delete(film);
  // Not allowed is no fault: the button to play is there.
  film.play().catch(() => undefined);
}

/** @param {HTMLVideoElement} film */
function leave(film) {
  if (film.paused || document.pictureInPictureElement === film) return;
  waiting.add(film);
  film.pause();
}

/** Motion by itself is no matter: neither to the reader nor to their data. */
export function mayMove() {
  const isSaving = Reflect.get(Reflect.get(navigator, "connection") ?? {}, "saveData") === true;
  return !isSaving && matchMedia("(prefers-reduced-motion: no-preference)").matches;
}

/**
 * A moving picture begins as its still.
 * @param {HTMLButtonElement} button
 */
function loop(button) {
  const image = button.parentElement?.querySelector("img");
  if (!image || !button.hidden) return;
  const still = image.src;
  button.hidden = false;
  button.addEventListener("click", () => {
    const moves = image.src === still;
    image.src = moves ? (button.dataset.loop ?? still) : still;
    button.textContent = (moves ? button.dataset.stop : button.dataset.play) ?? "";
  });
}
