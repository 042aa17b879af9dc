import type { Message } from "../server/errors.ts";
import { createI18n, negotiate } from "./i18n.ts";

/** Messages in words, for doors that have no texts of their own: in the first language of `Accept-Language` that we speak. */
export function createSay(now: () => number): (message: Message, acceptLanguage: string | null) => string {
  const i18n = createI18n(now);
  return (message, acceptLanguage) => i18n(negotiate(acceptLanguage ?? undefined) ?? "en").message(message);
}
