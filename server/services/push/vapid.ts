// Messages to devices by Web Push (RFC 8030, 8291, 8292): keys, subscriptions, sending.
// Part of services/: may import what services may; imported by the doors, by other services and by roots.

import type { App } from "../../context.ts";
import { fromJson, toJson } from "../../store/codec.ts";
import { claimSetting, readSetting } from "../../store/settings.ts";

/** The name of the setting; the private half is sealed. */
const SETTING = "vapid";

export type VapidKeys = { readonly publicKey: string; readonly privateKey: string };
type Kept = { readonly publicKey: string; readonly sealedPrivate: string };

/** The public half of the key by which push services know this server (RFC 8292), base64url; made once. */
export async function vapidPublicKey(app: App): Promise<string> {
  return (await keptKeys(app)).publicKey;
}

/** Both halves. @throws when the key was sealed by another vault. */
export async function vapidKeys(app: App): Promise<VapidKeys> {
  const { publicKey, sealedPrivate } = await keptKeys(app);
  return { publicKey, privateKey: await app.vault.open(sealedPrivate, SETTING) };
}

async function keptKeys(app: App): Promise<Kept> {
  const known = await readSetting(app.db, SETTING);
  if (known !== null) return fromJson<Kept>(known, { publicKey: "", sealedPrivate: "" });
  const { default: webPush } = await import("web-push");
  const made = webPush.generateVAPIDKeys();
  const kept: Kept = {
    publicKey: made.publicKey,
    sealedPrivate: await app.vault.seal(made.privateKey, SETTING),
  };
  // Of two processes that look at once, one writes, and both read.
  await claimSetting(app.db, SETTING, toJson(kept));
  return fromJson<Kept>(await readSetting(app.db, SETTING), kept);
}
