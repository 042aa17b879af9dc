import { expect, test } from "vitest";
import { listOrders } from "../../server/services/escapes/evacuations.ts";
import { listOrdersAgainst, objectToLaunch } from "../../server/services/escapes/objections.ts";
import { signOrder } from "../../server/services/escapes/trustees.ts";
import { faultOf } from "../support/faults.ts";
import { anEscape, aPhrase } from "./escape-scene.ts";

test("a home that is alive sees the order against it, says so over the wire, and nobody is brought over", async () => {
  const trustee = await aPhrase();
  const escape = await anEscape({ trustees: [trustee], threshold: 1, waitHours: 6 });
  const { home, standby, agreementUri } = escape;
  const ann = await escape.member("ann");
  if (home.owner === null) throw new Error("An instance that is set up has an owner.");
  const { uri } = await signOrder(standby.app, {
    agreementUri,
    phrase: trustee.phrase,
    orderUri: null,
    reason: "host_lost",
    ip: "203.0.113.7",
  });
  const { orders, silent } = await listOrdersAgainst(home.app, home.owner);
  expect(silent).toEqual([]);
  expect(orders).toMatchObject([{ uri, state: "waiting", approvals: 1, threshold: 1 }]);
  expect(await faultOf(objectToLaunch(home.app, ann.viewer, { agreementUri, uri }))).toBe("error.forbidden");
  await objectToLaunch(home.app, home.owner, { agreementUri, uri });
  escape.clock.advance(7 * 3_600_000);
  await escape.settle();
  expect((await listOrders(standby.app, agreementUri)).map(({ state }) => state)).toEqual(["stopped"]);
  expect((await standby.request(`/users/${ann.newId}`)).status).toBe(404);
});
