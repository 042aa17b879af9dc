import { describe, expect, test } from "vitest";
import { csrfToken } from "../../web/session.ts";
import { anEscape, aPhrase, signedBy } from "./escape-scene.ts";
import { draftOrder, signOrder } from "../../server/services/escapes/trustees.ts";
import { kill } from "./peers/disasters.ts";
import type { TestInstance } from "../support/instance.ts";
import { signIn } from "../../server/services/accounts/sign-in.ts";
import { findViewer } from "../../server/services/accounts/sessions.ts";
import { PASSWORD } from "../support/instance.ts";

const HOUR = 3_600_000;

async function post(instance: TestInstance, path: string, fields: Record<string, string>) {
  return await instance.request(path, {
    method: "POST",
    headers: {
      origin: instance.app.config.origin,
      "sec-fetch-site": "same-origin",
      "content-type": "application/x-www-form-urlencoded",
    },
    body: new URLSearchParams(fields).toString(),
  });
}

async function asOwner(instance: TestInstance) {
  const signed = await signIn(instance.app, {
    username: "owner_here",
    password: PASSWORD,
    ip: "203.0.113.9",
    agent: "",
  });
  if (signed.state !== "signed_in") throw new Error("The owner has no second step.");
  const token = signed.sessionToken;
  const cookie = `__Host-session=${token}`;
  return {
    viewer: await findViewer(instance.app, token),
    get: (path: string) => instance.request(path, { headers: { cookie } }),
    post: (path: string, fields: Record<string, string>) =>
      instance.request(path, {
        method: "POST",
        headers: {
          cookie,
          origin: instance.app.config.origin,
          "sec-fetch-site": "same-origin",
          "content-type": "application/x-www-form-urlencoded",
        },
        body: new URLSearchParams({ csrf: csrfToken(instance.app, token), ...fields }).toString(),
      }),
  };
}

async function aLaunch() {
  const trustees = [await aPhrase(), await aPhrase()] as const;
  const escape = await anEscape({ trustees, threshold: 2 });
  const mastodon = await escape.peer("mastodon");
  const pixelfed = await escape.peer("pixelfed");
  const ann = await escape.member("ann");
  await mastodon.follow(ann.oldUri, 2);
  await pixelfed.follow(ann.oldUri, 1);
  await escape.seal();
  const path = `/lifeboat/${escape.agreementUri.replace("urn:uuid:", "")}`;
  return { escape, trustees, ann, path };
}

describe("the page of a community", () => {
  test("lets trustees decide, shows the waiting time everywhere, and how far it is afterwards", async () => {
    const { escape, trustees, path } = await aLaunch();
    const { standby } = escape;
    kill(escape.network, escape.home.host);
    expect(await (await standby.request(path)).text()).toContain("Nobody says that it is lost.");
    const first = await post(standby, path, {
      do: "sign",
      reason: "host_lost",
      phrase: trustees[0].phrase,
    });
    expect([first.status, first.headers.get("location")]).toEqual([303, `${path}?signed=yes`]);
    const page = await (await standby.request(path)).text();
    expect(page).toContain("1 of 2 needed trustees have signed.");
    const order = await standby.app.db.selectFrom("evacuations").selectAll().executeTakeFirstOrThrow();
    const signed = signedBy(trustees[1], JSON.parse(order.document));
    const second = await post(standby, path, { do: "submit", order: JSON.stringify(signed) });
    expect(second.status).toBe(303);
    for (const address of ["/", "/about", "/lifeboat"])
      expect(await (await standby.request(address)).text()).toContain("It was decided that");
    escape.clock.advance(6 * HOUR + 60_000);
    await escape.settle();
    const after = await (await standby.request(path)).text();
    expect(after).toContain("1 of 2 servers answered.");
    expect(after).toContain("2 of about 3 followers are back.");
    expect(after).toContain("1 server cannot follow");
    expect(after).toContain("asks the old server, which does not answer");
    const person = await (await standby.request("/lifeboat/of/ann")).text();
    expect(person).toContain("1 of 2 servers answered.");
    expect(await (await standby.request("/@ann")).text()).toContain("Moved here from");
    for (const text of [page, after, person])
      for (const { phrase } of trustees) expect(text).not.toContain(phrase);
  });

  test("refuses what is no signature of a trustee, with a sentence, and is not there for others", async () => {
    const { escape, path } = await aLaunch();
    const stranger = await aPhrase();
    const { standby } = escape;
    const wrong = await post(standby, path, { do: "sign", reason: "seized", phrase: stranger.phrase });
    expect(wrong.status).toBe(422);
    const text = await wrong.text();
    expect(text).toContain("This phrase is not one of the trustees");
    expect(text).not.toContain(stranger.phrase);
    const order = await draftOrder(standby.app, escape.agreementUri, "host_lost");
    const unsigned = await post(standby, path, { do: "submit", order: JSON.stringify(order) });
    expect(await unsigned.text()).toContain("No trustee signed this.");
    expect((await standby.request("/lifeboat/00000000-0000-4000-8000-00000000000f")).status).toBe(404);
    expect((await standby.request("/lifeboat/of/ann")).status).toBe(404);
  });
});

test("a person takes their account by the form, is signed in, and sees how far it is", async () => {
  const { escape, ann } = await aLaunch();
  const { standby } = escape;
  kill(escape.network, escape.home.host);
  const wrong = await post(standby, "/lifeboat", {
    phrase: "not a phrase",
    password: "a few words in a row",
  });
  expect(await wrong.text()).toContain("These are not the twelve words");
  const right = await post(standby, "/lifeboat", { phrase: ann.phrase, password: "a few words in a row" });
  expect([right.status, right.headers.get("location")]).toEqual([303, "/lifeboat/of/ann"]);
  expect(right.headers.get("set-cookie")).toContain("session");
});

test("the owner sees what is sealed, and can say that the server is alive", async () => {
  const { escape, trustees } = await aLaunch();
  const { home, standby } = escape;
  const owner = await asOwner(home);
  const page = await (await owner.get("/admin/launch")).text();
  expect(page).toContain("would follow");
  const order = await signOrder(standby.app, {
    agreementUri: escape.agreementUri,
    phrase: trustees[0].phrase,
    orderUri: null,
    reason: "host_lost",
    ip: "203.0.113.4",
  });
  expect(await (await owner.get("/admin/launch")).text()).toContain("We are alive: stop it");
  const done = await owner.post("/admin/launch", {
    do: "alive",
    agreement: escape.agreementUri,
    order: order.uri,
  });
  expect(done.headers.get("location")).toBe("/admin/launch?done=yes");
  expect(await (await owner.get("/admin/launch")).text()).toContain("It was stopped.");
});
