// Sends forms marked with data-live in the background: the answer, a piece of the page, takes their place. What the
// server does not take goes back to how it was; whatever the server wants to say about it, it says by the plain way.

import { announceAdded, FRAGMENT, parse, say } from "./dom.js";

/** @type {WeakSet<HTMLFormElement>} */
const underway = new WeakSet();

/** One listener for all forms, also those that come later; adding it again changes nothing. */
export function start() {
  document.addEventListener("submit", onSubmit);
}

/** @param {SubmitEvent} event */
function onSubmit(event) {
  const { target: form, submitter } = event;
  if (!(form instanceof HTMLFormElement) || !form.matches("[data-live]")) return;
  if (event.defaultPrevented || !(submitter instanceof HTMLButtonElement)) return;
  event.preventDefault();
  if (!underway.has(form)) void send(form, submitter);
}

/**
 * @param {HTMLFormElement} form
 * @param {HTMLButtonElement} button
 */
async function send(form, button) {
  const takeBack = press(button);
  const body = new URLSearchParams();
  for (const [name, value] of new FormData(form, button)) body.append(name, String(value));
  underway.add(form);
  try {
    const url = form.getAttribute("action") ?? "";
    const answer = await fetch(url, { method: "POST", body, headers: { accept: FRAGMENT } });
    const isPiece = answer.headers.get("content-type")?.startsWith(FRAGMENT) ?? false;
    if (answer.ok && isPiece) return put(form, button, parse(await answer.text()));
    if (answer.redirected && answer.ok) return location.assign(answer.url);
    takeBack();
    if (answer.status >= 500) return fail();
    form.removeAttribute("data-live");
    form.requestSubmit(button);
  } catch {
    takeBack();
    fail();
  } finally {
    underway.delete(form);
  }
}

/**
 * Shows at once what will be; gives the way back.
 * @param {HTMLButtonElement} button
 */
function press(button) {
  const was = button.getAttribute("aria-pressed");
  const tally = button.querySelector(".tally");
  const count = tally?.textContent ?? "";
  button.setAttribute("aria-busy", "true");
  if (was !== null) button.setAttribute("aria-pressed", String(was !== "true"));
  if (tally !== null && /^\d+$/.test(count))
    tally.textContent = String(Number(count) + (was === "true" ? -1 : 1));
  return () => {
    button.removeAttribute("aria-busy");
    if (was !== null) button.setAttribute("aria-pressed", was);
    if (tally !== null) tally.textContent = count;
  };
}

/**
 * Puts the answer in place of the form, or of what the form names around it, with the focus where it was.
 * @param {HTMLFormElement} form
 * @param {HTMLButtonElement} button
 * @param {DocumentFragment} fragment
 */
function put(form, button, fragment) {
  const around = form.dataset.live ?? "";
  const old = around === "" ? form : (form.closest(around) ?? form);
  const piece = fragment.firstElementChild;
  const hadFocus = old.contains(document.activeElement);
  const place = [...form.querySelectorAll("button, a")].indexOf(button);
  const isInMenu = button.closest("details") !== null;
  old.replaceWith(...(piece === null ? [] : [piece]));
  if (piece === null) return;
  const control = piece.querySelectorAll(isInMenu ? "summary" : "button, a")[isInMenu ? 0 : place] ?? piece;
  if (hadFocus && control instanceof HTMLElement) control.focus({ preventScroll: true });
  say(control.textContent?.trim() ?? "");
  announceAdded(piece);
}

function fail() {
  say(document.getElementById("live")?.dataset.failed ?? "", true);
}
