// The one module that every page names. It looks at what is on the page and fetches the modules for it; without any of
// them nothing is missing, everything is only less quick. Plain ES modules, served as they are but for comments.

/** @type {readonly (readonly [selector: string, module: string])[]} */
const MODULES = [
  ["body.member", "./installed.js"],
  ["form[data-push]", "./push.js"],
  ["form[data-compose], form[data-compose-time], time[data-local]", "./compose.js"],
  ["form[data-pieces]", "./upload.js"],
  ["form[data-live]", "./forms.js"],
  [".pager:not(.pages) a[rel~=next]", "./pager.js"],
  ["a.media-link", "./gallery.js"],
  ["video, audio, [data-loop]", "./video.js"],
  ["[data-films]", "./film-feed.js"],
  [".to-notifications", "./stream.js"],
  ["body.member", "./keys.js"],
  ["a[data-share], button[data-copy]", "./share.js"],
  ["time[data-time]", "./time.js"],
  ["[data-passkey]", "./passkey.js"],
  ["[data-name-check]", "./join.js"],
  ["[data-copy], [data-print]", "./codes.js"],
];

/** @type {Map<string, Promise<{ start?: (root: ParentNode) => void }>>} */
const loaded = new Map();

/**
 * Starts the modules that something under `root` asks for. `start` of a module is called for each new piece of a page.
 * @param {ParentNode} root
 */
function enhance(root) {
  for (const [selector, module] of MODULES) {
    const isHere =
      root.querySelector(selector) !== null || (root instanceof Element && root.matches(selector));
    if (!isHere) continue;
    const loading = loaded.get(module) ?? import(module);
    loaded.set(module, loading);
    loading.then(
      (found) => found.start?.(root),
      () => loaded.delete(module),
    );
  }
}

// What comes first is what there is to read: nothing here is needed for that.
if (document.readyState === "complete") enhance(document);
else addEventListener("load", () => enhance(document), { once: true });
document.addEventListener("causeway:added", (event) => {
  if (event.target instanceof Element) enhance(event.target);
});
