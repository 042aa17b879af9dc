// What is there without a network: the look of the pages, a page that says so, and the last home page of whoever is signed
// in here. Nothing else is kept, and nothing that was posted. Another text of this file is another version.

const worker = /** @type {WorkerScope} */ (/** @type {unknown} */ (self));
const ASSETS = "{{ASSETS}}".split(" ");
const LOOK = `look ${ASSETS.join(" ")}`;
const HOME = "home";
const OFFLINE = "/offline";

worker.addEventListener("install", (event) => {
  event.waitUntil(
    caches
      .open(LOOK)
      .then((cache) => cache.addAll([OFFLINE, ...ASSETS]))
      .then(() => worker.skipWaiting()),
  );
});

worker.addEventListener("activate", (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) =>
        Promise.all(names.map((name) => name === LOOK || name === HOME || caches.delete(name))),
      )
      .then(() => worker.clients.claim()),
  );
});

worker.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (url.pathname.startsWith("/static/")) event.respondWith(keptLook(request));
  else if (request.mode === "navigate") event.respondWith(page(event, url));
});

/**
 * Static files never change under their names.
 * @param {Request} request
 */
async function keptLook(request) {
  const known = await caches.match(request);
  if (known !== undefined) return known;
  const answer = await fetch(request);
  if (answer.ok) (await caches.open(LOOK)).put(request, answer.clone());
  return answer;
}

/**
 * The network first.
 * @param {FetchMoment} event
 * @param {URL} url
 */
async function page(event, url) {
  const isHome = (url.pathname === "/" || url.pathname === "/home") && url.search === "";
  try {
    const answer = await fetch(event.request);
    if (isHome && answer.ok) event.waitUntil(keepHome(answer.clone()));
    return answer;
  } catch (error) {
    const kept = isHome ? await caches.match("/", { cacheName: HOME }) : undefined;
    const answer = kept ?? (await caches.match(OFFLINE));
    if (answer === undefined) throw error;
    return answer;
  }
}

/**
 * A home page that caches may not have is somebody's own: it is kept; the public one means that nobody is signed in any
 * more, and what was kept goes.
 * @param {Response} answer
 */
async function keepHome(answer) {
  const isOwn = answer.headers.get("cache-control")?.includes("no-store") ?? false;
  if (isOwn) await (await caches.open(HOME)).put("/", answer);
  else await caches.delete(HOME);
}

worker.addEventListener("push", (event) => {
  const { title, ...options } = event.data?.json() ?? {};
  if (typeof title === "string") event.waitUntil(worker.registration.showNotification(title, options));
});

worker.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(new URL(event.notification.data?.path ?? "/", location.origin)));
});

/**
 * In a window that is there already, if there is one.
 * @param {URL} url
 */
async function open(url) {
  const [client] = await worker.clients.matchAll({ type: "window" });
  if (client === undefined) await worker.clients.openWindow(url);
  else await (await client.navigate(url).catch(() => worker.clients.openWindow(url)))?.focus();
}
