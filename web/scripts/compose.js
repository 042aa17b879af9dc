// The form to write with: files go up as they are chosen, the draft is kept while somebody types, names are suggested.
// Everything ends in the plain form: when something fails here, its buttons still do it all.
import { announceAdded, fetchFragment, say } from "./dom.js";
import { upload } from "./upload.js";

const LARGEST_SIDE = 4096;
const WORD = /(?:^|[\s(（「『])([@＠#＃][^\s#＃]{1,80}|:\w{2,40})$/u;

/** @param {ParentNode} root */
export function start(root) {
  for (const time of root.querySelectorAll("time[data-local]"))
    sayLocally(/** @type {HTMLTimeElement} */ (time));
  /** @type {NodeListOf<HTMLFormElement>} */
  const forms = document.querySelectorAll("form[data-compose], form[data-compose-time]");
  for (const form of forms) {
    if (form.dataset["started"]) continue;
    form.dataset["started"] = "yes";
    useOwnTime(form);
    if (form.matches("[data-compose]")) help(form);
  }
}

/** @param {HTMLTimeElement} time */
function sayLocally(time) {
  const format = new Intl.DateTimeFormat(document.documentElement.lang, {
    dateStyle: "medium",
    timeStyle: "short",
  });
  time.textContent = format.format(new Date(time.dateTime));
}

/**
 * Dates are in the zone of this machine, and the server is told which.
 * @param {HTMLFormElement} form
 */
function useOwnTime(form) {
  const field = one(form, "input[name=schedule]");
  const offset = one(form, "input[name=schedule-offset]");
  const zone = form.querySelector("[data-zone]");
  if (!field || !offset || !zone) return;
  zone.textContent = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const ahead = (/** @type {Date} */ date) => -date.getTimezoneOffset();
  const at = Number(field.dataset["at"]);
  if (at) field.value = new Date(at + ahead(new Date(at)) * 60_000).toISOString().slice(0, 16);
  const tell = () => (offset.value = `${ahead(field.value ? new Date(field.value) : new Date())}`);
  tell();
  field.addEventListener("input", tell);
}

/**
 * @param {ParentNode} root
 * @param {string} selector
 */
function one(root, selector) {
  return /** @type {HTMLInputElement | null} */ (root.querySelector(selector));
}

/** @param {HTMLFormElement} form */
function help(form) {
  const text = /** @type {HTMLTextAreaElement} */ (form.querySelector("textarea[name=source]"));
  const files = one(form, "input[type=file]");
  const isKept = form.matches("[data-autosave]");
  /** @type {Set<Promise<unknown>>} */
  const busy = new Set();
  let isDirty = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  /** @template T @param {Promise<T>} work */
  const track = (work) => {
    busy.add(work);
    const done = () => busy.delete(work);
    work.then(done, done);
    return work;
  };

  /** @type {Promise<unknown>} */
  let last = Promise.resolve();
  /**
   * Sends the form as it stands and puts the parts that follow from it in place. One after another: the first one makes
   * the draft that the others are kept in.
   * @param {string} action
   * @param {{ attach?: string, keepalive?: boolean }} [more]
   */
  const send = (action, more = {}) => {
    const turn = last.then(
      () => sendNow(action, more),
      () => sendNow(action, more),
    );
    last = turn;
    return turn;
  };
  /** @param {string} action @param {{ attach?: string, keepalive?: boolean }} more */
  const sendNow = async (action, { attach, keepalive = false }) => {
    isDirty = false;
    const body = new FormData(form);
    body.delete("attachments");
    body.set("action", action);
    if (attach) body.set("attach", attach);
    const piece = await fetchFragment(form.getAttribute("action") ?? "", { method: "POST", body, keepalive });
    for (const part of Array.from(piece.children)) {
      const old = form.querySelector(`#${part.id}`);
      if (action === "refresh" && old?.contains(document.activeElement)) continue;
      old?.replaceWith(part);
      announceAdded(part);
    }
    watchFilms();
    const draft = one(form, "input[name=draft]")?.value;
    if (draft && location.pathname === "/compose") history.replaceState(null, "", `/compose?draft=${draft}`);
  };

  const keep = () => {
    if (isDirty && busy.size === 0) track(send(isKept ? "autosave" : "look")).catch(() => {});
    else if (isDirty) later();
  };
  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(keep, 1_500);
  };

  const hasLive = form.querySelector("#compose-live") !== null;
  form.addEventListener("input", (event) => {
    count(form);
    const field = /** @type {HTMLInputElement} */ (event.target);
    if (field.name === "language") text.lang = field.value;
    if (field === files || !hasLive) return;
    isDirty = true;
    later();
  });
  document.addEventListener("visibilitychange", () => {
    if (document.hidden && isDirty && isKept) send("autosave", { keepalive: true }).catch(() => {});
  });

  form.addEventListener("submit", (event) => {
    clearTimeout(timer);
    isDirty = false;
    if (busy.size === 0) return;
    event.preventDefault();
    const by = event.submitter;
    Promise.allSettled(busy).then(() => form.requestSubmit(by));
  });
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey))
      form.requestSubmit(/** @type {HTMLElement} */ (form.querySelector(".compose-buttons .primary")));
  });
  form.addEventListener("click", (event) => {
    const at = /** @type {Element} */ (event.target);
    const button = /** @type {HTMLButtonElement | null} */ (at.closest("[data-media-action]"));
    if (button) {
      event.preventDefault();
      track(send(button.value)).then(
        () => {
          const same = form.querySelector(`[value="${button.value}"]:enabled`);
          const near = form.querySelector(`#media-${button.value.split(":")[1]} button:enabled`);
          const next = /** @type {HTMLElement} */ (same ?? near ?? text);
          next.focus();
        },
        () => {
          button.removeAttribute("data-media-action");
          form.requestSubmit(button);
        },
      );
    } else if (at.closest(".tool-media:not([open]) > summary")) files?.click();
  });

  /** @param {Iterable<File>} chosen */
  const take = (chosen) => {
    for (const file of chosen) track(bring(file)).catch(() => {});
  };

  /** @param {File} file */
  const bring = async (file) => {
    const line = document.createElement("div");
    const name = document.createElement("span");
    const bar = document.createElement("progress");
    const stop = document.createElement("button");
    const control = new AbortController();
    line.className = "upload-line";
    name.textContent = `${form.dataset["uploading"]} ${file.name}`;
    bar.setAttribute("aria-label", name.textContent);
    bar.max = 1;
    stop.type = "button";
    stop.className = "button quiet small";
    stop.textContent = form.dataset["cancel"] ?? "";
    stop.onclick = () => control.abort();
    line.append(name, bar, stop);
    form.querySelector("#compose-media")?.after(line);
    try {
      const media = await upload(await smaller(file), {
        token: one(form, "[name=csrf]")?.value ?? "",
        onProgress: (share) => (bar.value = share),
        signal: control.signal,
      });
      await send("attach", { attach: String(media.id) });
      line.remove();
    } catch (error) {
      if (control.signal.aborted) return line.remove();
      // A sentence of the server's, or none: then the plain field still holds the file.
      const said = error instanceof Error && !(error instanceof TypeError) ? error.message : "";
      bar.remove();
      stop.onclick = () => line.remove();
      name.textContent = `${file.name}: ${said || form.dataset["failed"]}`;
      name.className = "fault";
      say(name.textContent);
    }
  };

  files?.addEventListener("change", () => {
    const chosen = [...(files.files ?? [])];
    files.value = "";
    take(chosen);
  });
  text.addEventListener("paste", (event) => {
    const pasted = event.clipboardData?.files;
    if (!pasted?.length) return;
    event.preventDefault();
    take(pasted);
  });
  for (const kind of ["dragover", "dragleave", "drop"])
    form.addEventListener(kind, (event) => {
      const { dataTransfer } = /** @type {DragEvent} */ (event);
      if (!dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      form.classList.toggle("is-dropping", kind === "dragover");
      if (kind === "drop") take([...dataTransfer.files]);
    });

  // The order by dragging a thumbnail, for those who have a mouse; the buttons do the same.
  /** @type {Element | null} */
  let dragged = null;
  form.addEventListener("dragstart", (event) => {
    dragged = /** @type {Element} */ (event.target).closest?.(".picture") ?? null;
  });
  form.addEventListener("dragover", (event) => {
    const over = /** @type {Element} */ (event.target).closest?.(".picture");
    if (!dragged || !over || over === dragged) return;
    event.preventDefault();
    const isAfter = over.compareDocumentPosition(dragged) & Node.DOCUMENT_POSITION_FOLLOWING;
    over[isAfter ? "before" : "after"](dragged);
  });
  form.addEventListener("dragend", () => {
    if (dragged) track(send("order")).catch(() => {});
    dragged = null;
  });

  const watchFilms = () => {
    for (const film of form.querySelectorAll("[data-waiting]:not([data-watched])")) {
      film.setAttribute("data-watched", "");
      const look = async () => {
        if (!film.isConnected) return;
        const answer = await fetch(`/uploads/media/${film.getAttribute("data-waiting")}`).catch(() => null);
        const { state, progress } = answer?.ok ? await answer.json() : { state: "working", progress: 0 };
        const bar = film.querySelector("progress");
        if (bar && progress) bar.value = progress;
        if (state === "ready" || state === "failed") await send("refresh").catch(() => {});
        setTimeout(look, 3_000);
      };
      setTimeout(look, 2_000);
    }
  };

  count(form);
  watchFilms();
  suggestFor(form, text);
  // What was typed and chosen before this module came.
  const early = [...(files?.files ?? [])];
  if (files && early.length > 0) {
    files.value = "";
    take(early);
  }
  if (text.value !== text.defaultValue && hasLive) {
    isDirty = true;
    later();
  }
}

/** @param {HTMLFormElement} form */
function count(form) {
  const format = new Intl.NumberFormat(document.documentElement.lang);
  /** @param {Element | null | undefined} place @param {string} typed @param {number} max */
  const show = (place, typed, max) => {
    const size = [...typed].length;
    if (place) place.textContent = `${format.format(size)} / ${format.format(max)}`;
    place?.classList.toggle("is-over", size > max);
  };
  const typed = (/** @type {string} */ name) => one(form, `[name=${name}]`)?.value ?? "";
  show(form.querySelector("[data-counter]"), typed("source") + typed("summary"), Number(form.dataset["max"]));
  /** @type {NodeListOf<HTMLTextAreaElement>} */
  const areas = form.querySelectorAll("[data-count]");
  for (const area of areas) show(area.parentElement?.querySelector(".counter"), area.value, area.maxLength);
}

/**
 * A picture from a camera is made smaller before it goes over a phone's line.
 * @param {File} file
 */
async function smaller(file) {
  if (!/^image\/(?:jpeg|png|webp)$/.test(file.type)) return file;
  const picture = await createImageBitmap(file).catch(() => null);
  const share = picture ? LARGEST_SIDE / Math.max(picture.width, picture.height) : 1;
  if (!picture || share >= 1) return file;
  const canvas = new OffscreenCanvas(picture.width * share, picture.height * share);
  canvas.getContext("2d")?.drawImage(picture, 0, 0, canvas.width, canvas.height);
  return new File([await canvas.convertToBlob({ type: "image/jpeg", quality: 0.9 })], file.name, {
    type: "image/jpeg",
  });
}

/**
 * People, tags and emoji for the word at the cursor. A text field of several lines may not be called a combobox (ARIA in
 * HTML), so it stays a text field that names its list.
 * @param {HTMLFormElement} form
 * @param {HTMLTextAreaElement} text
 */
function suggestFor(form, text) {
  const list = document.createElement("ul");
  list.id = `${text.id}-suggestions`;
  list.className = "suggestions";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", form.dataset["suggestions"] ?? "");
  list.hidden = true;
  text.after(list);
  text.setAttribute("aria-autocomplete", "list");
  text.setAttribute("aria-controls", list.id);
  let at = -1;
  let asked = 0;
  const word = () => WORD.exec(text.value.slice(0, text.selectionStart))?.[1];

  const close = () => {
    list.hidden = true;
    asked += 1;
    text.removeAttribute("aria-activedescendant");
  };
  /** @param {number} next */
  const move = (next) => {
    const options = [...list.children];
    at = (next + options.length) % options.length;
    options.forEach((option, index) => option.setAttribute("aria-selected", `${index === at}`));
    options[at]?.scrollIntoView({ block: "nearest" });
    text.setAttribute("aria-activedescendant", options[at]?.id ?? "");
  };
  /** @param {Element | undefined} option */
  const choose = (option) => {
    const typed = word();
    const value = option?.getAttribute("data-value");
    if (!typed || !value) return close();
    const end = text.selectionStart;
    text.setRangeText(`${value} `, end - typed.length, end, "end");
    close();
    text.dispatchEvent(new Event("input", { bubbles: true }));
    text.focus();
  };
  const ask = async () => {
    const typed = word();
    const turn = (asked += 1);
    if (!typed) return close();
    await new Promise((resolve) => setTimeout(resolve, 200));
    if (turn !== asked) return;
    const found = await fetchFragment(`/compose/suggest?q=${encodeURIComponent(typed)}`).catch(() => null);
    if (turn !== asked) return;
    const size = found?.children.length ?? 0;
    if (!found || size === 0) return close();
    list.replaceChildren(found);
    list.hidden = false;
    move(0);
    say(`${form.dataset["suggestions"]}: ${size}`);
  };
  text.addEventListener("input", ask);
  if (document.activeElement === text) ask();
  text.addEventListener("blur", () => setTimeout(close, 150));
  list.addEventListener("mousedown", (event) => {
    event.preventDefault();
    choose(/** @type {Element} */ (event.target).closest("[role=option]") ?? undefined);
  });
  text.addEventListener("keydown", (event) => {
    if (list.hidden || event.isComposing) return;
    if (event.key === "ArrowDown") move(at + 1);
    else if (event.key === "ArrowUp") move(at - 1);
    else if (event.key === "Enter" || event.key === "Tab") choose(list.children[at]);
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
}
