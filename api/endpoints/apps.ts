import { z } from "zod";
import { notFound } from "../../server/errors.ts";
import { clientById, registerClient } from "../../server/services/clients/apps.ts";
import { vapidPublicKey } from "../../server/services/push/vapid.ts";
import { answer, endpoint } from "../endpoint.ts";
import { Application, CredentialApplication } from "../entities/clients.ts";
import { listOf, text, word } from "../kinds.ts";
import { toApplication, toCredentialApplication } from "../serialize/clients.ts";

/** A line each, or a list (masto sends one, everybody else the other). */
const uris = listOf(z.string(), 50).transform((all) =>
  all
    .flatMap((one) => one.split(/[\r\n]+/))
    .map((one) => one.trim())
    .filter((one) => one !== ""),
);

export const createApp = endpoint({
  who: "anyone",
  scopes: [],
  summary: "Registers an app; its secret is said once",
  params: z.object({ client_name: text, redirect_uris: uris, scopes: word, website: text }),
  returns: CredentialApplication,
  run: async ({ app, params, ip }) => {
    const { client, secret } = await registerClient(app, {
      name: params.client_name ?? "",
      website: params.website,
      redirectUris: params.redirect_uris,
      scopes: params.scopes ?? "read",
      ip,
    });
    return answer(toCredentialApplication(client, secret, await vapidPublicKey(app)));
  },
});

export const verifyApp = endpoint({
  who: "app",
  scopes: [],
  summary: "The app that a token belongs to",
  params: z.object({}),
  returns: Application,
  run: async ({ app, holder }) => {
    // A token that somebody made by hand belongs to no app.
    if (holder.client === null) throw notFound();
    const client = await clientById(app, holder.client.id);
    return answer(toApplication(client, await vapidPublicKey(app)));
  },
});
