import { z } from "zod";
import { CausewayError, forbidden, invalid } from "../../server/errors.ts";
import { clientById } from "../../server/services/clients/apps.ts";
import { signUpByApp } from "../../server/services/clients/sign-up.ts";
import { canonicalLanguage } from "../../server/text/language.ts";
import { answer, endpoint } from "../endpoint.ts";
import { Token } from "../entities/clients.ts";
import { flag, text, word } from "../kinds.ts";
import { toToken } from "../serialize/clients.ts";

export const createAccount = endpoint({
  who: "app",
  scopes: ["write:accounts"],
  summary: "Somebody joins from within an app and is signed in there, or waits for approval",
  missing:
    "Nobody is asked to confirm an address. Without an invite people are approved first, also where everybody may join: an app does none of the work that a browser does.",
  params: z.object({
    username: text,
    email: text,
    password: text,
    agreement: flag,
    locale: word,
    reason: text,
    invite_code: word,
  }),
  returns: Token,
  run: async ({ app, params, holder, ip }) => {
    // A token of a person is not for making other people (docs.joinmastodon.org, accounts).
    if (holder.viewer !== null || holder.client === null) throw forbidden();
    const language = params.locale === undefined ? null : canonicalLanguage(params.locale);
    const client = await clientById(app, holder.client.id);
    const token = await underClientNames(() =>
      signUpByApp(app, client, {
        username: params.username ?? "",
        email: params.email ?? "",
        password: params.password ?? "",
        acceptedRules: params.agreement === true,
        locale: language ?? undefined,
        languages: language === null ? [] : [language],
        invite: params.invite_code,
        reason: params.reason,
        scopes: holder.scopes,
        ip,
      }),
    );
    return answer(toToken(token));
  },
});

/** Faults under the names that the app knows its fields by. */
async function underClientNames<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof CausewayError) || Object.keys(error.fields).length === 0) throw error;
    const names: Readonly<Record<string, string>> = {
      acceptedRules: "agreement",
      invite: "invite_code",
      answer: "reason",
      form: "base",
    };
    throw invalid(
      Object.fromEntries(Object.entries(error.fields).map(([name, fault]) => [names[name] ?? name, fault])),
    );
  }
}
