import type { MessageText } from "../catalogue.ts";

/** People who changed in a way that nobody vouches for. */
export const frozen = {
  "notification.frozen": "Something about {name} changed without their recovery key. You decide what to do",
  "frozen.title": "People to check",
  "frozen.lead":
    "You follow these people. Something about them changed, and their own recovery key did not confirm it. Nothing new from them is shown to you until you decide.",
  "frozen.empty": "There is nothing to decide.",
  "frozen.open": "Decide",
  "frozen.key":
    "Their server now answers with other keys than before. It may have been repaired or restored. Somebody else may also have taken over its address.",
  "frozen.did": "They now show another recovery key than the one they had when you came to know them.",
  "frozen.move": "They are said to have moved to this account, but their recovery key did not confirm it:",
  "frozen.held": "Others here believe the change. Your follow rests until you decide.",
  "frozen.ask": "If you can, ask them in some other way before you decide.",
  "frozen.keep": "It is really them: keep following",
  "frozen.keep_move": "It is really them: follow the new account",
  "frozen.unfollow": "Unfollow",
  "frozen.later": "Ask me later",
  "error.frozen_changed": "Something else changed in the meantime. Please look again before you decide.",
} as const satisfies Readonly<Record<string, MessageText>>;
