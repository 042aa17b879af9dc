import type { App } from "../../context.ts";
import { outranks, type Viewer } from "../../domain/actor.ts";
import { CausewayError, forbidden, invalid } from "../../errors.ts";
import { fromJson, toJson } from "../../store/codec.ts";
import { transaction } from "../../store/database.ts";
import { readSetting, writeSetting } from "../../store/settings.ts";
import { listTrends } from "../../store/trends.ts";
import { isTag, normalizeTag } from "../../text/entities.ts";
import { audit } from "./audit.ts";

const SETTING = "hiddenTags";
const MOST = 500;

/** Tags that are never shown as popular. They work like any other otherwise. */
export async function hiddenTags(app: App): Promise<ReadonlySet<string>> {
  return new Set(fromJson<readonly string[]>(await readSetting(app.db, SETTING), []));
}

/** What is popular now, hidden or not, and all that is hidden. @throws forbidden below moderator */
export async function listTagRules(
  app: App,
  viewer: Viewer,
): Promise<{
  readonly popular: readonly { readonly tag: string; readonly people: number; readonly hidden: boolean }[];
  readonly hidden: readonly string[];
}> {
  if (!outranks(viewer.role, "member")) throw forbidden();
  const hidden = await hiddenTags(app);
  const rows = await listTrends(app.db, "tag", 30);
  return {
    popular: rows.map((row) => ({
      tag: row.subject,
      people: fromJson<{ readonly people?: number }>(row.detail, {}).people ?? 0,
      hidden: hidden.has(row.subject),
    })),
    hidden: [...hidden].toSorted(),
  };
}

/** Keeps a tag from being shown as popular, or lets it. Returns it as tags are written. @throws forbidden below moderator, invalid `{ tag }`, conflict */
export async function setTagHidden(
  app: App,
  viewer: Viewer,
  command: { readonly tag: string; readonly hidden: boolean },
): Promise<string> {
  if (!outranks(viewer.role, "member")) throw forbidden();
  const tag = normalizeTag(command.tag.trim().replace(/^[#＃]/, ""));
  if (!isTag(tag) || tag.length > 200) throw invalid({ tag: { key: "field.tag_form" } });
  await transaction(app.db, async (tx) => {
    const before = new Set(fromJson<readonly string[]>(await readSetting(tx, SETTING), []));
    if (command.hidden) before.add(tag);
    else before.delete(tag);
    if (before.size > MOST) throw new CausewayError("conflict", "error.invalid");
    await writeSetting(tx, SETTING, toJson([...before]));
    await audit(app, tx, viewer, { what: command.hidden ? "tag.hidden" : "tag.shown", subject: tag });
  });
  return tag;
}
