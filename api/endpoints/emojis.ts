import { z } from "zod";
import { listEmojis } from "../../server/services/notes/emojis.ts";
import { answer, endpoint } from "../endpoint.ts";
import { CustomEmoji } from "../entities/common.ts";
import { toEmojis } from "../serialize/account.ts";

export const getCustomEmojis = endpoint({
  who: "anyone",
  scopes: [],
  summary: "The custom emoji that people here may use",
  params: z.object({}),
  returns: z.array(CustomEmoji),
  cacheSeconds: 60,
  missing: "Emoji have no categories.",
  run: async ({ app }) => {
    const emojis = toEmojis(app.config.origin, await listEmojis(app));
    return answer(emojis.map((emoji) => ({ ...emoji, visible_in_picker: true })));
  },
});
