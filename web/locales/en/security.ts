import type { MessageText } from "../catalogue.ts";

/** Signing in safely. */
export const security = {
  "security.password": "Password",
  "security.current": "Current password",
  "security.next": "New password",
  "security.password_hint": "All other sessions and apps are signed out.",
  "security.change": "Change password",
  "security.sessions": "Where you are signed in",
  "security.sessions_hint": "Only browser and system are remembered, no addresses.",
  "security.unknown_browser": "Unknown browser",
  "security.this_one": "this one",
  "security.seen": "Seen {seen}, signed in {since}",
  "security.end": "Sign out",
  "security.end_others": "Sign out everywhere else",
} as const satisfies Readonly<Record<string, MessageText>>;
