import type { App } from "../../context.ts";
import type { ActorView, Viewer } from "../../domain/actor.ts";
import { invalid } from "../../errors.ts";
import { findAccount, updateAccount } from "../../store/accounts.ts";
import { textsIn, toJson } from "../../store/codec.ts";
import { transaction } from "../../store/database.ts";
import { listStaff } from "../../store/reports.ts";
import { canonicalLanguage } from "../../text/language.ts";
import { requireModerator } from "../administration/roles.ts";
import { actorViews } from "../views.ts";
import { audit } from "./audit.ts";

/** Somebody of the staff, and the languages in which they judge; empty = they never said. */
export type Moderator = { readonly actor: ActorView; readonly languages: readonly string[] };

/** Nobody judges in more languages than this. */
const MOST = 40;

/** Everybody of the staff with their languages; two statements. @throws forbidden below moderator */
export async function listModerators(app: App, viewer: Viewer): Promise<readonly Moderator[]> {
  requireModerator(viewer);
  const rows = await listStaff(app.db);
  const languages = new Map(rows.map((row) => [row.actor_id, textsIn(row.moderates)]));
  const actors = await actorViews(app, [...languages.keys()]);
  return actors.map((actor) => ({ actor, languages: languages.get(actor.id) ?? [] }));
}

/** The languages in which somebody of the staff judges, as tags. @throws forbidden below moderator */
export async function moderatedLanguages(app: App, viewer: Viewer): Promise<readonly string[]> {
  requireModerator(viewer);
  const account = await findAccount(app.db, viewer.accountId);
  return textsIn(account?.moderates ?? null);
}

/** Says in which languages somebody of the staff judges: they hear of reports in these first. @throws forbidden, invalid `{ languages }` */
export async function setModeratedLanguages(
  app: App,
  viewer: Viewer,
  languages: readonly string[],
): Promise<void> {
  requireModerator(viewer);
  const tags = [...new Set(languages.map(canonicalLanguage))];
  if (tags.includes(null) || tags.length > MOST) throw invalid({ languages: { key: "error.invalid" } });
  await transaction(app.db, async (tx) => {
    await updateAccount(tx, viewer.accountId, { moderates: toJson(tags) });
    await audit(app, tx, viewer, {
      what: "moderator.languages",
      detail: { languages: tags.join(" ") },
    });
  });
}
