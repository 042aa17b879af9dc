// The one module that every page names. It looks at what is on the page and fetches the modules for it; without any of
// them nothing is missing, everything is only less quick. Plain ES modules, served as they are but for comments.

/** @type {readonly (readonly [selector: string, module: string])[]} */
const MODULES = [];

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

enhance(document);
document.addEventListener("causeway:added", (event) => {
  if (event.target instanceof Element) enhance(event.target);
});
