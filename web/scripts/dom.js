// What the other modules share: asking the server for a piece of a page, and putting it in place.

export const FRAGMENT = "text/vnd.causeway.fragment+html";

/** The policy that the content security policy names: only what our own server has written becomes markup. */
const policy = window.trustedTypes?.createPolicy("causeway", {
  createHTML: (text) => text,
  createScriptURL: (url) =>
    /^\/(service|static\/[\w-]+\/join)-work(er)?\.js$/.test(url) ? url : "about:blank",
});

/**
 * Markup of our own server as elements.
 * @param {string} text
 * @returns {DocumentFragment}
 */
export function parse(text) {
  const template = document.createElement("template");
  template.innerHTML = /** @type {string} */ (/** @type {unknown} */ (policy?.createHTML(text) ?? text));
  return template.content;
}

/**
 * Asks for a page as a fragment. Throws for anything but one, so that callers fall back to the plain way.
 * @param {string} url
 * @param {RequestInit} [options]
 * @returns {Promise<DocumentFragment>}
 */
export async function fetchFragment(url, options = {}) {
  const answer = await fetch(url, { ...options, headers: { accept: FRAGMENT }, credentials: "same-origin" });
  const isFragment = answer.headers.get("content-type")?.startsWith(FRAGMENT) ?? false;
  if (!answer.ok || !isFragment) throw new Error(`${answer.status}`);
  return parse(await answer.text());
}

/**
 * Tells the modules that a piece of the page is new.
 * @param {Element} element
 */
export function announceAdded(element) {
  element.dispatchEvent(new Event("causeway:added", { bubbles: true }));
}

/**
 * Says something to people who listen to the page, and if it must not be missed, to those who look at it.
 * @param {string} text
 * @param {boolean} [isSeen]
 */
export function say(text, isSeen = false) {
  const live = document.getElementById("live");
  if (live === null) return;
  live.textContent = text;
  live.className = isSeen ? "toast" : "hidden";
  if (isSeen) setTimeout(() => (live.className = "hidden"), 6000);
}

/**
 * Everything under `root` that fits, `root` included.
 * @template {Element} T
 * @param {ParentNode} root
 * @param {string} selector
 * @returns {T[]}
 */
export function all(root, selector) {
  const found = /** @type {T[]} */ ([...root.querySelectorAll(selector)]);
  if (root instanceof Element && root.matches(selector)) found.unshift(/** @type {T} */ (root));
  return found;
}

/**
 * The address of a script of ours, as browsers with trusted types want it.
 * @param {string} path
 */
function scriptOf(path) {
  return /** @type {string} */ (/** @type {unknown} */ (policy?.createScriptURL(path) ?? path));
}

/**
 * Starts a script of ours beside the page.
 * @param {string} path
 */
export function startWorker(path) {
  return new Worker(scriptOf(path));
}

/** Registers the service worker; it has an address that stays. */
export async function registerWorker() {
  return await navigator.serviceWorker.register(scriptOf("/service-worker.js"));
}
