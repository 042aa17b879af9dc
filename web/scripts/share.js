// Links marked with data-share are handed to the system's way of sharing where there is one; buttons with data-copy put
// what a field holds into the clipboard.

import { all, say } from "./dom.js";

/** @param {ParentNode} root */
export function start(root) {
  if (matchMedia("(pointer: coarse)").matches && "share" in navigator)
    for (const link of all(root, "a[data-share]")) link.addEventListener("click", onShare);
  for (const button of all(root, "button[data-copy]")) {
    button.removeAttribute("hidden");
    button.addEventListener("click", onCopy);
  }
}

/** @param {Event} event */
function onShare(event) {
  const link = event.currentTarget;
  if (!(link instanceof HTMLAnchorElement)) return;
  event.preventDefault();
  link.closest("details")?.removeAttribute("open");
  navigator.share({ url: link.dataset.share ?? link.href }).catch((error) => {
    // Who closes the system's sheet has changed their mind, and nothing has failed.
    if (error.name !== "AbortError") location.assign(link.href);
  });
}

/** @param {Event} event */
async function onCopy(event) {
  const button = event.currentTarget;
  if (!(button instanceof HTMLButtonElement)) return;
  const field = document.getElementById(button.dataset.copy ?? "");
  if (!(field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement)) return;
  field.select();
  await navigator.clipboard.writeText(field.value);
  say(button.dataset.done ?? "", true);
}
