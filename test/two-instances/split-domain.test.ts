import { afterEach, expect, it } from "vitest";
import { findRelationship } from "../../server/services/actors/actors.ts";
import { followActor } from "../../server/services/relations/follows.ts";
import { homeTimeline } from "../../server/services/timelines.ts";
import { testClock } from "../support/app.ts";
import { aMember, aNote, createInstance, type TestInstance } from "../support/instance.ts";
import { createNetwork, drain } from "../support/network.ts";
import { find } from "../support/pair.ts";

const opened: TestInstance[] = [];
afterEach(async () => {
  for (const instance of opened.splice(0)) await instance.close();
});

it("lets people be called @name@town.test while the server is social.town.test", async () => {
  const network = createNetwork();
  const clock = testClock();
  const environment = { CAUSEWAY_HANDLE_HOST: "town.test" };
  const town = await createInstance({ host: "social.town.test", network, clock, environment });
  const west = await createInstance({ host: "west.test", network, clock });
  opened.push(town, west);
  // The web server of town.test does what docs/operating.md asks of it: it sends WebFinger on.
  network.join("town.test", async (request) => {
    const url = new URL(request.url);
    if (url.pathname !== "/.well-known/webfinger") return new Response(null, { status: 404 });
    return new Response(null, {
      status: 302,
      headers: { location: `https://social.town.test${url.pathname}${url.search}` },
    });
  });
  const ann = await aMember(town, "ann");
  const bo = await aMember(west, "bo");

  const seen = await find(west, bo.viewer, "@ann@town.test");
  expect(seen).toMatchObject({ username: "ann", host: "town.test" });
  await followActor(west.app, bo.viewer, seen.id);
  await drain(town, west);
  expect(await findRelationship(west.app, bo.viewer, seen.id)).toMatchObject({ following: "accepted" });

  await aNote(west, { by: bo.viewer, source: "@ann@town.test hello" });
  await aNote(town, { by: ann.viewer, source: "@bo@west.test hello yourself" });
  await drain(town, west);
  const home = (await homeTimeline(west.app, bo.viewer, {})).items.map((entry) => entry.note);
  const hers = home.find((note) => note.author.username === "ann");
  expect(hers?.author.host).toBe("town.test");
  expect(hers?.mentions).toMatchObject([{ username: "bo", host: null }]);
  // The other spelling, by the server's own name, is the same person and not a second one.
  expect((await find(west, bo.viewer, "@ann@social.town.test")).id).toBe(seen.id);
});
