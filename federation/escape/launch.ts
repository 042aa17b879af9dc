import type { EscapeKit } from "../../server/domain/lifeboat.ts";
import {
  carryOutLaunches,
  type Launch,
  type LaunchPlan,
  planLaunch,
} from "../../server/services/escapes/launch.ts";
import type { App } from "../../server/context.ts";
import type { JobHandler } from "../../server/store/jobs.ts";
import type { KeyStore } from "../delivery/signing.ts";
import { payloadNumber, payloadNumbers } from "../payload.ts";
import { sealMessages } from "./messages.ts";

type Messages = EscapeKit["homes"][number];

/** Makes the job "launch-members": people from a lost server come out of hiding, and servers with followers are told. */
export function createLaunchJob(keys: KeyStore): JobHandler {
  return async (app, payload) => {
    const evacuationId = payloadNumber(payload, "evacuationId");
    const launches: Launch[] = [];
    for (const memberId of payloadNumbers(payload, "members")) {
      const plan = await planLaunch(app, memberId, evacuationId === 0 ? null : evacuationId);
      if (plan === null) continue;
      launches.push({ plan, messages: plan.sealed ?? (await sealNow(app, keys, plan)) });
    }
    await carryOut(app, launches);
  };
}

/** What is wrong with one of them must not keep the others away: then each goes alone. */
async function carryOut(app: App, launches: readonly Launch[]): Promise<void> {
  try {
    return await carryOutLaunches(app, launches);
  } catch (error) {
    if (launches.length < 2) throw error;
  }
  const faults: unknown[] = [];
  for (const launch of launches)
    await carryOutLaunches(app, [launch]).catch((error: unknown) => faults.push(error));
  if (faults.length > 0) throw faults[0];
}

/** With the old key at hand the messages can be made now; without it and without a kit there is nothing to say. */
async function sealNow(app: App, keys: KeyStore, plan: LaunchPlan): Promise<Messages | null> {
  if (plan.signerId === null) return null;
  const followers = plan.profile["followers"];
  const leaver = {
    actorUri: plan.oldUri,
    followersUri: typeof followers === "string" ? followers : `${plan.oldUri}/followers`,
    person: plan.profile,
  };
  const key = await keys.signingKey(plan.signerId);
  const sealed = await sealMessages(leaver, plan.newUri, {
    key,
    now: app.clock.now(),
    number: app.ids.next(),
  });
  return { ...sealed };
}
