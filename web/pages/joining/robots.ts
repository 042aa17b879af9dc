import type { WebContext } from "../../visit.ts";

/** Pages that are of no use to a search engine. Whether people are listed is said on their pages, by `robots`. */
const PRIVATE = [
  "/login",
  "/password",
  "/confirm",
  "/welcome",
  "/join",
  "/compose",
  "/search",
  "/settings",
  "/admin",
  "/moderation",
  "/notifications",
  "/bookmarks",
  "/drafts",
  "/lists",
  "/interact",
  "/share",
  "/proxy",
];

export async function getRobots(c: WebContext): Promise<Response> {
  const lines = ["User-agent: *", ...PRIVATE.map((path) => `Disallow: ${path}`), ""];
  return c.text(lines.join("\n"), 200, { "Cache-Control": "public, max-age=3600" });
}

/** Where password managers send people to change their password (W3C, "A Well-Known URL for Changing Passwords"). */
export async function getChangePassword(c: WebContext): Promise<Response> {
  return await Promise.resolve(c.redirect("/settings/password", 302));
}
