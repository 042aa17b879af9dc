import type { WebContext } from "../../visit.ts";

/** Pages that are of no use to a search engine. Whether people are listed is said on their pages, by `robots`. */
const PRIVATE = [
  "/login",
  "/join",
  "/compose",
  "/search",
  "/settings",
  "/admin",
  "/notifications",
  "/bookmarks",
  "/drafts",
];

export async function getRobots(c: WebContext): Promise<Response> {
  const lines = ["User-agent: *", ...PRIVATE.map((path) => `Disallow: ${path}`), ""];
  return c.text(lines.join("\n"), 200, { "Cache-Control": "public, max-age=3600" });
}
