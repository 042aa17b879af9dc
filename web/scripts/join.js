// Says while somebody types whether a name is free, and puts one of those that are into the field.
import { fetchFragment } from "./dom.js";

/** @param {ParentNode} root */
export function start(root) {
  for (const line of root.querySelectorAll("[data-name-check]")) {
    const field = line.closest("form")?.elements.namedItem("username");
    if (!(line instanceof HTMLElement) || !(field instanceof HTMLInputElement)) continue;
    let timer = 0;
    let asked = 0;
    const check = async () => {
      const turn = ++asked;
      const name = field.value.trim();
      const url = `${line.dataset.nameCheck}?name=${encodeURIComponent(name)}`;
      const piece = name === "" ? "" : await fetchFragment(url).catch(() => "");
      if (turn === asked) line.replaceChildren(piece);
    };
    field.addEventListener("input", () => {
      clearTimeout(timer);
      timer = window.setTimeout(check, 400);
    });
    line.addEventListener("click", (event) => {
      const name = event.target instanceof HTMLElement ? event.target.dataset.fill : undefined;
      if (name === undefined) return;
      field.value = name;
      field.focus();
      check();
    });
  }
}
