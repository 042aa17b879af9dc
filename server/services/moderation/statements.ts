import type { App } from "../../context.ts";
import type { Measure, NewDecision } from "../../domain/decision.ts";
import type { NoteId } from "../../domain/ids.ts";
import {
  type ContentType,
  effectOf,
  type SourceType,
  type StatementCategory,
} from "../../domain/statement.ts";
import { listAttachments } from "../../store/attachments.ts";
import { findNoteById } from "../../store/notes.ts";
import { normalizeText } from "../../text/entities.ts";
import { canonicalLanguage } from "../../text/language.ts";

/** The reasons for a decision in plain words, as a form asks for them. */
export type Reasons = {
  /** The rules of this server, or the law. */
  readonly ground: "rules" | "law";
  /** The text of the rule, or which law. */
  readonly groundText: string;
  /** Why this is a case of it. */
  readonly explanation: string;
  /** What happened. */
  readonly facts: string;
  readonly category: StatementCategory;
  /** The language that these words are in. */
  readonly language?: string | undefined;
  /** How it came to notice; left out = by a report when there is one, or else by oneself. */
  readonly source?: SourceType | undefined;
  /** True when a program found it. */
  readonly foundByMachine?: boolean | undefined;
};

/** What is written down when whoever decides gives no reasons, as apps and the command line let them. */
export const NO_REASONS: Reasons = {
  ground: "rules",
  groundText: "",
  explanation: "",
  facts: "",
  category: "STATEMENT_CATEGORY_OTHER_VIOLATION_TC",
};

/** The statement of reasons for a measure: what the content is, is read from the note. One or two statements. */
export async function statementOf(
  app: App,
  what: { readonly measure: Measure; readonly noteId?: NoteId | undefined; readonly isReported: boolean },
  reasons: Reasons,
): Promise<NewDecision["statement"]> {
  const note = what.noteId === undefined ? undefined : await findNoteById(app.db, what.noteId);
  const media = note === undefined ? [] : await listAttachments(app.db, [note.id]);
  const clean = (text: string) => normalizeText(text).trim();
  return {
    ...effectOf(what.measure, note === undefined ? "account" : "note"),
    decisionGround:
      reasons.ground === "law" ? "DECISION_GROUND_ILLEGAL_CONTENT" : "DECISION_GROUND_INCOMPATIBLE_CONTENT",
    ground: clean(reasons.groundText),
    explanation: clean(reasons.explanation),
    category: reasons.category,
    contentType:
      note === undefined
        ? ["CONTENT_TYPE_OTHER"]
        : contentTypes(
            note.content_html !== "",
            media.map((one) => one.media_type),
          ),
    contentDate: note?.published_at ?? null,
    contentLanguage: note?.language ?? null,
    territorialScope: [],
    decisionFacts: clean(reasons.facts),
    sourceType: reasons.source ?? (what.isReported ? "SOURCE_TYPE_OTHER_NOTIFICATION" : "SOURCE_VOLUNTARY"),
    automatedDetection: reasons.foundByMachine === true,
    language: reasons.language === undefined ? null : canonicalLanguage(reasons.language),
  };
}

function contentTypes(hasText: boolean, mediaTypes: readonly string[]): readonly ContentType[] {
  const media = mediaTypes.map((type): ContentType => {
    if (type.startsWith("image/")) return "CONTENT_TYPE_IMAGE";
    if (type.startsWith("video/")) return "CONTENT_TYPE_VIDEO";
    return type.startsWith("audio/") ? "CONTENT_TYPE_AUDIO" : "CONTENT_TYPE_OTHER";
  });
  const all = [...(hasText ? (["CONTENT_TYPE_TEXT"] as const) : []), ...media];
  return all.length === 0 ? ["CONTENT_TYPE_OTHER"] : [...new Set(all)];
}
