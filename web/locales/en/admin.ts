import type { MessageText } from "../catalogue.ts";

/** Running the server. */
export const admin = {
  "admin.description": "Description",
  "admin.description_hint": "One or two sentences: what this place is and for whom.",
  "admin.rules": "Rules",
  "admin.rules_hint": "Markdown. People accept them when they join.",
  "admin.contact": "Contact e-mail",
  "admin.contact_hint": "Shown on the About page.",
  "admin.join_mode": "Who may join",
  "join_mode.invite": "By invite",
  "join_mode.invite_hint": "People with an invite link can join.",
  "join_mode.open": "Everybody",
  "join_mode.open_hint": "Anybody can join.",
  "join_mode.closed": "Nobody",
  "join_mode.closed_hint": "Nobody can join at the moment.",
} as const satisfies Readonly<Record<string, MessageText>>;
