import { en } from "../locales/en.ts";
import type { MessageKey } from "../locales/en.ts";
import type { Visit } from "../visit.ts";

/** A category of statements (`STATEMENT_CATEGORY_SCAMS_AND_FRAUD`) in the reader's words; an unknown one by its own. */
export function categoryName(visit: Visit, code: string): string {
  const word = code.replace(/^STATEMENT_CATEGORY_/, "").toLowerCase();
  const key = `category.${word}`;
  return isKey(key) ? visit.i18n.t(key) : word.replaceAll("_", " ");
}

function isKey(key: string): key is MessageKey {
  return Object.hasOwn(en, key);
}
