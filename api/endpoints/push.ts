import { z } from "zod";
import type { App } from "../../server/context.ts";
import type { NotificationKind } from "../../server/domain/notification.ts";
import { CausewayError } from "../../server/errors.ts";
import {
  type AppPushView,
  changeAppPush,
  PUSH_POLICIES,
  subscribeApp,
  unsubscribeApp,
  viewAppPush,
} from "../../server/services/push/app-subscriptions.ts";
import { vapidPublicKey } from "../../server/services/push/vapid.ts";
import { type Answer, answer, endpoint } from "../endpoint.ts";
import { Nothing } from "../entities/common.ts";
import { type Alert, ALERTS, PushSubscription } from "../entities/push.ts";
import { flag, oneOf } from "../kinds.ts";
import { kindsOf, typeOf } from "../serialize/notification.ts";

const MISSING = "alerts[admin.sign_up] is taken and never told: nobody is told of new members";

const alert = Object.fromEntries(ALERTS.map((name) => [name, flag])) as Record<Alert, typeof flag>;
const policy = oneOf(PUSH_POLICIES);
const data = {
  data: z
    .object({
      // masto nests what the documents write with a dot.
      alerts: z.object({ ...alert, admin: z.object({ sign_up: flag, report: flag }).optional() }).optional(),
      policy,
    })
    .optional(),
  policy,
};
type Data = z.output<z.ZodObject<typeof data>>;

/** The kinds behind the alerts that are on; undefined when nothing is said of alerts. */
function chosenKinds({ data: given }: Data): readonly NotificationKind[] | undefined {
  const alerts = given?.alerts;
  if (alerts === undefined) return undefined;
  const on = ALERTS.filter((name) => alerts[name] === true);
  return kindsOf(alerts.admin?.report === true ? [...on, "admin.report"] : on);
}

async function drawn(app: App, view: AppPushView): Promise<Answer> {
  const isOn = (name: Alert) => view.kinds.some((kind) => typeOf(kind) === name);
  const body = {
    id: String(view.id),
    endpoint: view.endpoint,
    standard: view.encoding === "aes128gcm",
    alerts: Object.fromEntries(ALERTS.map((name) => [name, isOn(name)])) as Record<Alert, boolean>,
    policy: view.policy,
    server_key: await vapidPublicKey(app),
  } satisfies PushSubscription;
  return answer(body);
}

export const postSubscription = endpoint({
  who: "user",
  scopes: ["push"],
  summary: "Tells the app of news by Web Push from now on; one subscription for each token",
  missing: MISSING,
  params: z.object({
    subscription: z.object({
      endpoint: z.string().max(2_000),
      keys: z.object({ p256dh: z.string().max(200), auth: z.string().max(100) }),
      standard: flag,
    }),
    ...data,
  }),
  returns: PushSubscription,
  run: async ({ app, viewer, holder, params, header, acceptLanguage }) => {
    const { subscription } = params;
    const token = /^Bearer +(\S+)$/i.exec(header("authorization") ?? "")?.[1];
    if (token === undefined) throw new CausewayError("unauthenticated", "error.token");
    const view = await subscribeApp(app, viewer, {
      tokenId: holder.tokenId,
      token,
      endpoint: subscription.endpoint,
      ...subscription.keys,
      encoding: subscription.standard === true ? "aes128gcm" : "aesgcm",
      kinds: chosenKinds(params) ?? [],
      policy: params.data?.policy ?? params.policy ?? "all",
      locale: languageOf(acceptLanguage),
    });
    return await drawn(app, view);
  },
});

/** The first language of the header, as far as it is one. */
function languageOf(acceptLanguage: string | null): string | null {
  return /^\s*([a-z]{2,3}(?:-[a-z\d]{2,8}){0,3})/i.exec(acceptLanguage ?? "")?.[1] ?? null;
}

export const getSubscription = endpoint({
  who: "user",
  scopes: ["push"],
  summary: "What the token has subscribed",
  missing: MISSING,
  params: z.object({}),
  returns: PushSubscription,
  run: async ({ app, holder }) => await drawn(app, await viewAppPush(app, holder.tokenId)),
});

export const putSubscription = endpoint({
  who: "user",
  scopes: ["push"],
  summary: "Chooses anew what the app is told of",
  missing: MISSING,
  params: z.object(data),
  returns: PushSubscription,
  run: async ({ app, holder, params }) => {
    const view = await changeAppPush(app, holder.tokenId, {
      kinds: chosenKinds(params),
      policy: params.data?.policy ?? params.policy,
    });
    return await drawn(app, view);
  },
});

export const deleteSubscription = endpoint({
  who: "user",
  scopes: ["push"],
  summary: "Ends what the token has subscribed",
  params: z.object({}),
  returns: Nothing,
  run: async ({ app, holder }) => {
    await unsubscribeApp(app, holder.tokenId);
    return answer({});
  },
});
