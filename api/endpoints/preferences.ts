import { z } from "zod";
import { viewSelf } from "../../server/services/accounts/self.ts";
import { answer, endpoint } from "../endpoint.ts";
import { Preferences } from "../entities/account.ts";
import { toPreferences } from "../serialize/self.ts";

export const getPreferences = endpoint({
  who: "user",
  scopes: ["read:accounts"],
  summary: "How the person wants apps to write and read",
  params: z.object({}),
  returns: Preferences,
  run: async ({ app, viewer }) => answer(toPreferences(await viewSelf(app, viewer))),
});
