import { expect, test } from "vitest";
import { listConsentChoices } from "../../server/services/standbys/consents.ts";
import { aPair } from "../support/pair.ts";
import type { TestInstance } from "../support/instance.ts";
import { aMember } from "../support/instance.ts";
import { agreements, paired } from "./standby-parts.ts";

type Person = { readonly sessionToken: string };

async function get(at: TestInstance, who: Person, path: string): Promise<string> {
  const response = await at.request(path, { headers: { cookie: `__Host-session=${who.sessionToken}` } });
  return await response.text();
}

/** Posts a form as a page of `from` has it, with its token. */
async function submit(
  at: TestInstance,
  who: Person,
  page: string,
  action: string,
  fields: Readonly<Record<string, string>>,
): Promise<Response> {
  const markup = await get(at, who, page);
  const token = /name="csrf" value="([^"]+)"/.exec(markup)?.[1] ?? "";
  return await at.request(action, {
    method: "POST",
    headers: {
      cookie: `__Host-session=${who.sessionToken}`,
      "content-type": "application/x-www-form-urlencoded",
      origin: at.app.config.origin,
    },
    body: new URLSearchParams({ csrf: token, ...fields }).toString(),
  });
}

test("an owner asks, the other one sees what it means and agrees, a member decides, the owner ends it", async () => {
  const pair = await aPair();
  const { east, west, ann } = pair;
  const olga = await aMember(east, "olga", { role: "admin" });
  const walt = await aMember(west, "walt", { role: "admin" });
  const page = "/admin/standby";
  const bad = await submit(east, olga, page, page, { do: "ask", standby: "", maxGigabytes: "x" });
  expect(bad.status).toBe(422);
  expect(await bad.text()).toContain("Enter the address of another server");
  const nobody = await submit(east, olga, page, page, {
    do: "ask",
    standby: "nobody.test",
    maxGigabytes: "1",
    threshold: "1",
    waitHours: "6",
  });
  expect(nobody.status).toBe(502);
  const asked = await submit(east, olga, page, page, {
    do: "ask",
    standby: "west.test",
    withFollowersOnly: "yes",
    maxGigabytes: "20",
    threshold: "1",
    waitHours: "6",
    trustees: "",
  });
  expect(asked.status).toBe(303);
  await pair.settle();
  expect(await get(west, walt, "/admin")).toContain("A server asks you to be its standby.");
  const question = await get(west, walt, page);
  expect(question).toContain("east.test asks you to be its standby");
  const [row] = await agreements(west);
  const id = String(row?.id ?? 0);
  expect((await submit(west, walt, page, page, { do: "agree", id })).status).toBe(303);
  await pair.settle();
  expect(await get(east, olga, page)).toContain("In force");
  expect(await get(east, ann, "/settings/lifeboat")).toContain("west.test keeps nothing of yours");
  const own = String((await agreements(east))[0]?.id ?? 0);
  const yes = await submit(east, ann, "/settings/lifeboat", "/settings/standby", { do: "agree", id: own });
  expect(yes.status).toBe(303);
  await pair.settle();
  expect(await get(east, ann, "/settings/lifeboat")).toContain("@ann@west.test");
  const no = await submit(east, ann, "/settings/lifeboat", "/settings/standby", { do: "withdraw", id: own });
  expect(no.status).toBe(303);
  expect(await get(east, olga, `${page}?end=${own}`)).toContain("End the agreement with west.test?");
  expect((await submit(east, olga, page, page, { do: "end", id: own })).status).toBe(303);
  await pair.settle();
  expect((await agreements(west)).map((one) => one.state)).toEqual(["ended"]);
});

test("members find no page of agreements, and newcomers are asked when the owner wants it", async () => {
  const pair = await aPair();
  const { east, ann } = pair;
  await paired(pair, east);
  const refused = await east.request("/admin/standby", {
    headers: { cookie: `__Host-session=${ann.sessionToken}` },
  });
  expect(refused.status).toBe(404);
  expect(await get(east, ann, "/welcome")).not.toContain('name="standby"');
  const olga = await aMember(east, "olga", { role: "admin" });
  await submit(east, olga, "/admin/standby", "/admin/standby", { do: "newcomers", newcomers: "yes" });
  expect(await get(east, ann, "/welcome")).toContain('name="standby"');
  const [choice] = await listConsentChoices(east.app, ann.viewer);
  const standby = String(choice?.agreementId ?? 0);
  await submit(east, ann, "/welcome", "/welcome", { name: "Ann", standby, go: "home" });
  expect((await listConsentChoices(east.app, ann.viewer))[0]?.given).toBe(true);
});
