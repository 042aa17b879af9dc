import { notFound } from "../../../server/errors.ts";
import { getThemeSheet } from "../../../server/services/accounts/appearance.ts";
import type { WebContext } from "../../visit.ts";

/** The owner's style sheet. Its name is a hash of it, so it may be kept for ever; an old name is gone. */
export async function getTheme(c: WebContext): Promise<Response> {
  const name = /^([\w-]{16})\.css$/.exec(c.req.param("sheet") ?? "")?.[1];
  const body = name === undefined ? null : await getThemeSheet(c.get("visit").app, name);
  if (body === null) throw notFound();
  return c.body(body, 200, {
    "Content-Type": "text/css; charset=utf-8",
    "Cache-Control": "public, max-age=31536000, immutable",
  });
}
