// The service worker, for people who are signed in: what was read last is there without a network, and says so.

import { registerWorker } from "./dom.js";

export function start() {
  if ("serviceWorker" in navigator) registerWorker().catch(() => undefined);
  const live = document.getElementById("live");
  if (live === null || navigator.onLine) return;
  live.className = "offline-line";
  live.textContent = live.dataset["offline"] ?? "";
}
