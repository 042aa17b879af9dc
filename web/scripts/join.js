// Says while somebody types whether a name is free, and puts one of those that are into the field. Lets the device do the
// work that lets its person in.
import { fetchFragment, startWorker } from "./dom.js";

/** A task is good for ten minutes. */
const FRESH_MS = 540_000;

/**
 * Asks for a task and has it done beside the page; without it, the page asks something else.
 * @param {HTMLElement} box
 */
async function work(box) {
  const piece = await fetchFragment(box.dataset.work ?? "").catch(() => "");
  box.replaceChildren(piece);
  const field = box.querySelector("input");
  if (field === null) return;
  const worker = startWorker(new URL("join-work.js", import.meta.url).pathname);
  worker.onmessage = ({ data }) => {
    field.value = data;
    worker.terminate();
    setTimeout(work, FRESH_MS, box);
  };
  worker.onerror = () => field.remove();
  worker.postMessage(field.dataset.task, []);
}

/** @param {ParentNode} root */
export function start(root) {
  for (const box of root.querySelectorAll("[data-work]"))
    if (box instanceof HTMLElement) work(box).catch(() => box.replaceChildren());
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
