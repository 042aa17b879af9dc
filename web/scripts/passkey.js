// Passkeys: shows the button where the browser knows them, asks it, and sends the answer with the form around it.

/** @param {ParentNode} root */
export function start(root) {
  if (!window.PublicKeyCredential?.parseRequestOptionsFromJSON) return;
  for (const box of root.querySelectorAll("[data-passkey]")) if (box instanceof HTMLElement) prepare(box);
}

/** @param {HTMLElement} box */
function prepare(box) {
  const form = box.closest("form");
  const button = box.querySelector("button");
  const line = box.querySelector("[role=alert]");
  if (form === null || button === null || !(line instanceof HTMLElement)) return;
  const offered = new AbortController();
  box.hidden = false;
  button.addEventListener("click", async () => {
    offered.abort();
    line.hidden = button.disabled = true;
    try {
      await ask(form, box, {});
    } catch (error) {
      const { name, cause } = /** @type {Error} */ (error);
      line.textContent =
        String(cause ?? (name === "InvalidStateError" ? box.dataset.known : box.dataset.failed)) || "";
      line.hidden = false;
    }
    button.disabled = false;
  });
  if (box.dataset.passkey === "sign_in") offer(form, box, offered.signal);
}

/**
 * Offers passkeys among the names that the browser fills in. A challenge is good for five minutes, so it is asked anew.
 * @param {HTMLFormElement} form
 * @param {HTMLElement} box
 * @param {AbortSignal} signal
 */
async function offer(form, box, signal) {
  if (!(await PublicKeyCredential.isConditionalMediationAvailable?.())) return;
  const soon = AbortSignal.timeout(280_000);
  try {
    await ask(form, box, { mediation: "conditional", signal: AbortSignal.any([signal, soon]) });
  } catch {
    if (soon.aborted && !signal.aborted) offer(form, box, signal);
  }
}

/**
 * @param {HTMLFormElement} form
 * @param {HTMLElement} box
 * @param {CredentialRequestOptions} how
 */
async function ask(form, box, how) {
  const use = box.dataset.passkey ?? "";
  const isNew = /join|setup|add/.test(use);
  const password = form.elements.namedItem("password");
  if (isNew && password instanceof HTMLInputElement) password.required = false;
  if (isNew && !form.reportValidity()) return;
  const typed = new FormData(form);
  const body = new URLSearchParams({ use });
  for (const name of ["csrf", "username", "token"]) body.set(name, String(typed.get(name) ?? ""));
  const answer = await fetch("/passkeys/options", { method: "POST", body });
  const options = await answer.json();
  if (!answer.ok) throw new Error("", { cause: options.fault });
  const credential = isNew
    ? await navigator.credentials.create({
        publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options),
      })
    : await navigator.credentials.get({
        ...how,
        publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options),
      });
  const field = box.querySelector("input");
  if (field === null || credential === null) return;
  field.value = JSON.stringify(credential);
  // What is required to sign in without a passkey is not now, and a carried field may be called "submit".
  HTMLFormElement.prototype.submit.call(form);
}
