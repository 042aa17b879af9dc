import type { MessageText } from "../catalogue.ts";

/** Pictures, films, sound. */
export const media = {
  "focus.middle": "the middle",
  "focus.top": "the top",
  "focus.bottom": "the bottom",
  "focus.left": "the left side",
  "focus.right": "the right side",
  "media.duration": "{name}, {duration}",
  "media.alt": "Alt",
  "media.no_alt": "Picture without a description",
  "media.image": "Picture",
  "media.video": "Video",
  "media.audio": "Sound",
  "media.file": "File",
  "media.strip": { one: "One picture", other: "{count} pictures" },
} as const satisfies Readonly<Record<string, MessageText>>;
