// Keeps the look of the pages, so that a page without a network is still one of ours.

const NAME = "causeway";
const ASSETS = "{{ASSETS}}".split(" ");

self.addEventListener("install", (event) => {
  Reflect.get(event, "waitUntil").call(
    event,
    caches.open(NAME).then((cache) => cache.addAll(ASSETS)),
  );
});
