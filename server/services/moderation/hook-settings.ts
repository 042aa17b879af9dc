import type { App } from "../../context.ts";
import { outranks, type Viewer } from "../../domain/actor.ts";
import { forbidden, invalid, type Message } from "../../errors.ts";
import { toJson } from "../../store/codec.ts";
import { transaction } from "../../store/database.ts";
import { removeSetting, writeSetting } from "../../store/settings.ts";
import { safeHttpUrl } from "../../text/sanitize.ts";
import { audit } from "./audit.ts";
import { findHook, HOOK_PURPOSE, HOOK_SETTING, hookBreaker } from "./hook.ts";

const SECRET = { least: 16, most: 200 } as const;
const URL_MAX = 500;

/** The program behind the hook as administrators see it; its secret is never shown again. */
export type HookView = {
  readonly url: string;
  readonly enabled: boolean;
  /** Failures in a row, and in one word the last one. */
  readonly faults: number;
  readonly fault: string | null;
  /** Left alone until then, ms; null = it is asked. */
  readonly restsUntil: number | null;
};

/** @throws forbidden below admin */
export async function viewHook(app: App, viewer: Viewer): Promise<HookView | null> {
  if (!outranks(viewer.role, "moderator")) throw forbidden();
  const hook = await findHook(app.db);
  if (hook === null) return null;
  const { faults, fault, until } = await hookBreaker(app);
  return {
    url: hook.url,
    enabled: hook.enabled,
    faults,
    fault,
    restsUntil: until > app.clock.now() ? until : null,
  };
}

/** Sets the program that is asked; an empty secret keeps the one that is there. @throws forbidden, invalid with fields */
export async function setHook(
  app: App,
  viewer: Viewer,
  typed: { readonly url: string; readonly secret: string; readonly enabled: boolean },
): Promise<void> {
  if (!outranks(viewer.role, "moderator")) throw forbidden();
  const before = await findHook(app.db);
  const faults: Record<string, Message> = {};
  const url = typed.url.trim();
  if (safeHttpUrl(url) === null || url.length > URL_MAX) faults["url"] = { key: "field.hook_url" };
  const secret = typed.secret.trim();
  const isKept = secret === "" && before !== null && before.url === url;
  if (!isKept && (secret.length < SECRET.least || secret.length > SECRET.most))
    faults["secret"] = { key: "field.hook_secret", params: SECRET };
  if (Object.keys(faults).length > 0) throw invalid(faults);
  const sealed = isKept ? before.secret : await app.vault.seal(secret, HOOK_PURPOSE);
  await transaction(app.db, async (tx) => {
    await writeSetting(tx, HOOK_SETTING, toJson({ url, secret: sealed, enabled: typed.enabled }));
    await audit(app, tx, viewer, {
      what: "hook.set",
      subject: new URL(url).host,
      detail: { on: typed.enabled },
    });
  });
}

/** Asks no program any more; its secret is forgotten. @throws forbidden below admin */
export async function removeHook(app: App, viewer: Viewer): Promise<void> {
  if (!outranks(viewer.role, "moderator")) throw forbidden();
  await transaction(app.db, async (tx) => {
    await removeSetting(tx, HOOK_SETTING);
    await audit(app, tx, viewer, { what: "hook.removed" });
  });
}
