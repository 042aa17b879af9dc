import type { ActorView } from "./actor.ts";
import type { NotificationId } from "./ids.ts";
import type { NoteView } from "./note.ts";

/** Why somebody is told something. */
export type NotificationKind =
  | "mention"
  | "reply"
  | "like"
  | "announce"
  | "follow"
  | "follow_request"
  | "follow_accepted"
  | "edit"
  | "reaction"
  | "quote"
  | "interaction_request"
  | "report"
  | "severed"
  | "poll"
  | "moved"
  | "featured"
  | "feature_request";

export type NotificationView = {
  readonly id: NotificationId;
  readonly kind: NotificationKind;
  readonly actor: ActorView;
  readonly note: NoteView | null;
  readonly at: number;
  readonly read: boolean;
};
