import { setImmediate } from "node:timers/promises";
import type { EscapeKit } from "../../server/domain/lifeboat.ts";
import {
  carryOutLaunches,
  type Launch,
  type LaunchPlan,
  planLaunches,
} from "../../server/services/escapes/launch.ts";
import type { App } from "../../server/context.ts";
import type { JobHandler } from "../../server/store/jobs.ts";
import type { KeyStore } from "../delivery/signing.ts";
import { payloadNumber, payloadNumbers } from "../payload.ts";
import { sealMessages } from "./messages.ts";

type Messages = EscapeKit["homes"][number];

/** Members who come over in one transaction, and how many servers are told of them: nothing else is done meanwhile. */
const MOST_AT_ONCE = 20;
const MOST_TELLINGS = 1_000;

/** Runs pieces of work one after another, with a turn of the event loop before each. */
type InTurn = <T>(work: () => Promise<T>) => Promise<T>;

/** Makes the job "launch-members": people from a lost server come out of hiding, and servers with followers are told. */
export function createLaunchJob(keys: KeyStore): JobHandler {
  // However many of these jobs run: what was brought over is signed and sent while the next ones come.
  const inTurn = createTurns();
  return async (app, payload, { signal }) => {
    const id = payloadNumber(payload, "evacuationId");
    const members = payloadNumbers(payload, "members");
    const faults: unknown[] = [];
    for (let at = 0; at < members.length; at += MOST_AT_ONCE) {
      signal.throwIfAborted();
      const some = members.slice(at, at + MOST_AT_ONCE);
      const plans = await inTurn(() => planLaunches(app, some, id === 0 ? null : id));
      for (const group of groupsOf(plans))
        faults.push(...(await inTurn(() => carryOut(app, keys, group, members.length > MOST_AT_ONCE))));
    }
    if (faults.length > 0) throw faults[0];
  };
}

function createTurns(): InTurn {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const turn = last.then(() => setImmediate()).then(work);
    last = turn.catch(() => undefined);
    return turn;
  };
}

/** As many as fit into a transaction; somebody with more followers than that goes alone. */
function groupsOf(plans: readonly LaunchPlan[]): readonly (readonly LaunchPlan[])[] {
  const groups: LaunchPlan[][] = [];
  let tellings = 0;
  for (const plan of plans) {
    const group = groups.at(-1);
    tellings += plan.peers.length;
    if (group !== undefined && tellings <= MOST_TELLINGS) {
      group.push(plan);
    } else {
      groups.push([plan]);
      tellings = plan.peers.length;
    }
  }
  return groups;
}

/** What is wrong with one of them must not keep the others away: then each goes alone. Returns what was wrong. */
async function carryOut(
  app: App,
  keys: KeyStore,
  plans: readonly LaunchPlan[],
  isOneOfMany: boolean,
): Promise<readonly unknown[]> {
  try {
    const launches: Launch[] = [];
    for (const plan of plans)
      launches.push({ plan, messages: plan.sealed ?? (await sealNow(app, keys, plan)) });
    await carryOutLaunches(app, launches, isOneOfMany);
    return [];
  } catch (error) {
    if (plans.length < 2) return [error];
  }
  const faults: unknown[] = [];
  for (const plan of plans) faults.push(...(await carryOut(app, keys, [plan], isOneOfMany)));
  return faults;
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
