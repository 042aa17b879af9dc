import type { Sample } from "./sample.ts";

/** One page of the site as somebody sees it. */
export type PageCase = {
  readonly name: string;
  readonly path: string;
  readonly as: "guest" | "ada" | "owner_here";
  readonly status?: number;
};

/** Every page of the web door, on an instance filled by `fillSample`. */
export function everyPage({
  thread,
  answer,
  warned,
  draftId,
  remote,
  collectionId,
}: Sample): readonly PageCase[] {
  const note = `/@ada/${thread.id}`;
  const row =
    (as: PageCase["as"]) =>
    (name: string, path: string, status = 200): PageCase => ({ name, path, as, status });
  const guest = row("guest");
  const ada = row("ada");
  return [
    guest("landing", "/"),
    guest("local", "/local"),
    guest("local-covers", "/local?view=grid"),
    guest("about", "/about"),
    guest("join", "/join"),
    guest("login", "/login?then=%2Fbookmarks"),
    guest("search", "/search"),
    guest("search-found", "/search?q=tide"),
    guest("search-empty", "/search?q=zebra"),
    guest("tag", "/tags/美食"),
    guest("tag-covers", "/tags/美食?view=grid"),
    guest("profile", "/@ada"),
    guest("profile-plain", "/@tom"),
    guest("profile-replies", "/@ada/replies"),
    guest("followers", "/@ada/followers"),
    guest("interact", `/interact?uri=${encodeURIComponent(thread.uri)}`),
    guest("collection", `/collections/${collectionId}`),
    guest("note", note),
    guest("note-warning", `/@ada/${warned.id}`),
    guest("likes", `${note}/likes`),
    guest("history", `${note}/history`),
    guest("not-found", "/nowhere", 404),
    ada("home", "/"),
    ada("home-welcome", "/?welcome=yes"),
    ada("local", "/local"),
    ada("local-covers", "/local?view=grid"),
    ada("tag", "/tags/诗"),
    ada("search-found", "/search?q=tide"),
    ada("compose", "/compose"),
    ada("compose-reply", `/compose?reply=${thread.id}`),
    ada("compose-draft", `/compose?draft=${draftId}&status=saved`),
    ada("drafts", "/drafts"),
    ada("notifications", "/notifications"),
    ada("follow-requests", "/follow-requests"),
    ada("bookmarks", "/bookmarks"),
    ada("note", note),
    ada("edit", `${note}/edit`),
    ada("delete", `${note}/delete`),
    ada("boosts", `${note}/boosts`),
    ada("profile-own", "/@ada"),
    ada("profile-other", "/@lin"),
    ada("profile-remote", remote),
    ada("profile-unknown", "/@nobody@nowhere.test", 404),
    ada("following", "/@ada/following"),
    ada("block", "/@wen/block"),
    ada("mute", "/@wen/mute"),
    ada("report", `${remote}/report`),
    ada("report-note", `/@lin/${answer.id}/report`),
    ada("report-sent", `${remote}/report?sent=yes`),
    ada("interact", `/authorize_interaction?uri=${encodeURIComponent("@mei@hill.test")}`),
    ada("settings", "/settings"),
    ada("settings-profile", "/settings/profile"),
    ada("settings-language", "/settings/language"),
    ada("settings-security", "/settings/security"),
    ada("settings-policy", "/settings/policy"),
    ada("requests", "/requests"),
    ada("compose-quote", `/compose?quote=${thread.id}`),
    ada("reactions", `${note}/reactions`),
    ada("note-policy", `${note}/policy`),
    ada("settings-people", "/settings/people"),
    ada("settings-featured", "/settings/featured"),
    ada("settings-collections", "/settings/collections"),
    ada("settings-moving", "/settings/moving"),
    ada("collection", `/collections/${collectionId}`),
    ada(
      "intent",
      `/intents/follow?object=${encodeURIComponent("@mei@hill.test")}&on-success=https%3A%2F%2Fshop.test`,
    ),
    ada("settings-severed", "/settings/severed"),
    ada("settings-delete", "/settings/delete"),
    row("owner_here")("settings-invites", "/settings/invites"),
    row("owner_here")("reports", "/moderation/reports"),
    row("owner_here")("notifications-staff", "/notifications"),
    row("owner_here")("admin", "/admin/settings"),
  ];
}
