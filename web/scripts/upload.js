// Sends a file in pieces, so that a lost connection costs one piece and not the whole film.

const LARGEST = 4 * 1024 * 1024;
const SMALLEST = 256 * 1024;
const TRIES = 8;

/**
 * Uploads a file and answers with what became of it: `{ id, kind, state, progress, url, coverUrl, text }`. Throws an Error whose
 * message is a sentence of the server when the file is not taken, and any other error when the server cannot be reached.
 * @param {File} file
 * @param {{ token: string, onProgress?: (share: number) => void, signal?: AbortSignal }} options `token` is the form's `csrf`
 */
export async function upload(file, { token, onProgress, signal }) {
  const key = `upload:${file.name}:${file.size}:${file.lastModified}`;
  const known = sessionStorage.getItem(key);
  let at = known === null ? null : await ask(`/uploads/${known}`, { signal }).catch(() => null);
  if (at === null) {
    const body = new URLSearchParams({ csrf: token, name: file.name, size: `${file.size}`, type: file.type });
    at = await ask("/uploads", { method: "POST", body, signal });
  }
  const url = `/uploads/${at.upload}`;
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
