import type { MessageText } from "../catalogue.ts";

// What apps of others are told, and what people are asked when they let one in.

export const clients = {
  "error.token": "The app is not signed in any more. Please sign in again in the app.",
  "error.token_of_app": "This needs somebody who is signed in.",
  "error.scope": "The app was not allowed to do this.",
  "error.params": "The app sent something that cannot be read.",
  "error.body_too_large": "This is too large to send.",
} as const satisfies Readonly<Record<string, MessageText>>;
