// Messages to this device: asks the browser after a click, and sends what it gives by the form.

import { registerWorker } from "./dom.js";

/** @param {ParentNode} root */
export function start(root) {
  const form = root.querySelector("form[data-push]");
  const canPush = "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;
  if (!(form instanceof HTMLFormElement) || !canPush) return;
  form.hidden = false;
  form.nextElementSibling?.remove();
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    subscribe(form).then(
      (isAllowed) => (isAllowed ? form.submit() : tell(form, form.dataset["denied"])),
      () => tell(form, form.dataset["failed"]),
    );
  });
}

/**
 * @param {HTMLFormElement} form
 * @returns {Promise<boolean>} false when the person does not want it
 */
async function subscribe(form) {
  if ((await Notification.requestPermission()) !== "granted") return false;
  await registerWorker();
  const { pushManager } = await navigator.serviceWorker.ready;
  const subscription = await pushManager.subscribe({
    userVisibleOnly: true,
    applicationServerKey: form.dataset["push"] ?? "",
  });
  const { endpoint, keys } = subscription.toJSON();
  const [encoding] = PushManager.supportedContentEncodings ?? ["aesgcm"];
  const values = { endpoint, p256dh: keys?.["p256dh"], auth: keys?.["auth"], encoding };
  for (const [name, value] of Object.entries(values)) {
    const field = form.elements.namedItem(name);
    if (field instanceof HTMLInputElement) field.value = value ?? "";
  }
  return true;
}

/**
 * @param {HTMLFormElement} form
 * @param {string | undefined} text
 */
function tell(form, text) {
  const line = form.querySelector(".fault");
  if (line !== null) line.textContent = text ?? "";
}
