// Sends a file in pieces, so that a lost connection costs one piece and not the whole film.

const LARGEST = 4 * 1024 * 1024;
const SMALLEST = 256 * 1024;
const TRIES = 8;

/**
 * Uploads a file and answers with what became of it: `{ id, kind, state, progress, url, coverUrl, text }`. Throws an Error whose
 * message is a sentence of the server when the file is not taken, and any other error when the server cannot be reached.
 * @param {File} file
 * @param {{ token: string, path?: string, onProgress?: (share: number) => void, signal?: AbortSignal }} options `token` is
 *   the form's `csrf`; `path` is where it goes
 */
export async function upload(file, { token, path = "/uploads", onProgress, signal }) {
  const key = `upload:${path}:${file.name}:${file.size}:${file.lastModified}`;
  const known = sessionStorage.getItem(key);
  let at = known === null ? null : await ask(`${path}/${known}`, { signal }).catch(() => null);
  if (at === null) {
    const body = new URLSearchParams({ csrf: token, name: file.name, size: `${file.size}`, type: file.type });
    at = await ask(path, { method: "POST", body, signal });
  }
  const url = `${path}/${at.upload}`;
  sessionStorage.setItem(key, at.upload);
  signal?.addEventListener("abort", () => {
    sessionStorage.removeItem(key);
    fetch(url, { method: "DELETE" }).catch(() => {});
  });
  let size = LARGEST;
  for (let failed = 0; at.id === undefined;) {
    try {
      const headers = { "upload-offset": `${at.offset}`, "content-type": "application/offset+octet-stream" };
      const body = file.slice(at.offset, at.offset + size);
      at = await ask(url, { method: "PATCH", headers, body, signal });
      failed = 0;
      onProgress?.(at.offset / file.size);
    } catch (error) {
      const status = error instanceof Refused ? error.status : 0;
      if (signal?.aborted || (failed += 1) > TRIES || [401, 403, 404, 422].includes(status)) {
        if (status) sessionStorage.removeItem(key);
        throw error;
      }
      // A proxy in between that takes smaller bodies only.
      if (status === 413) size = Math.max(SMALLEST, size / 4);
      else await new Promise((resolve) => setTimeout(resolve, 500 * 2 ** failed));
      at = await ask(url, { signal }).catch(() => at);
    }
  }
  sessionStorage.removeItem(key);
  return at;
}

class Refused extends Error {
  /** @param {number} status @param {string} text */
  constructor(status, text) {
    super(text);
    this.status = status;
  }
}

/**
 * @param {string} url
 * @param {Omit<RequestInit, "signal"> & { signal?: AbortSignal | undefined }} options
 */
async function ask(url, options) {
  const answer = await fetch(url, /** @type {RequestInit} */ (options));
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Refused(answer.status, said.error ?? "");
  return said;
}

/**
 * Forms with one file for `/upload` below their address: gigabytes do not fit into one request. The answer leads to the page of
 * what came; without this module such a form sends small files whole.
 * @param {ParentNode} root
 */
export function start(root) {
  for (const form of /** @type {NodeListOf<HTMLFormElement>} */ (root.querySelectorAll("form[data-pieces]")))
    form.onsubmit = (event) => void send(event, form);
}

/**
 * @param {Event} event
 * @param {HTMLFormElement} form
 */
async function send(event, form) {
  const data = new FormData(form);
  const file = data.get("file");
  if (!(file instanceof File)) return;
  event.preventDefault();
  const bar = form.querySelector("progress");
  const fault = /** @type {HTMLElement | null} */ (form.querySelector(".fault"));
  const button = form.querySelector("button");
  if (!bar || !fault || !button) return;
  bar.hidden = false;
  button.disabled = true;
  try {
    const path = form.getAttribute("action") ?? "";
    const { id } = await upload(file, {
      token: String(data.get("csrf")),
      path: `${path}/upload`,
      onProgress: (share) => void (bar.value = share),
    });
    location.assign(`${path}/${id}`);
  } catch (error) {
    bar.hidden = true;
    fault.hidden = button.disabled = false;
    fault.textContent = /** @type {Error} */ (error).message;
  }
}
