// The buttons under recovery codes: into the clipboard, onto paper.
import { say } from "./dom.js";

/** @param {ParentNode} root */
export function start(root) {
  for (const button of root.querySelectorAll("[data-copy], [data-print]")) {
    if (!(button instanceof HTMLElement)) continue;
    const { copy, done } = button.dataset;
    button.hidden = false;
    button.addEventListener("click", async () => {
      if (copy === undefined) return print();
      const codes = [...document.querySelectorAll(`${copy} code`)].map((code) => code.textContent);
      await navigator.clipboard.writeText(codes.join("\n"));
      say((button.textContent = done ?? ""));
    });
  }
}
