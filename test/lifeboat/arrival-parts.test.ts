import { expect, test } from "vitest";
import { updateProfile } from "../../server/services/accounts/profile.ts";
import { continueArrival, getArrival, startArrival } from "../../server/services/arrivals/arrivals.ts";
import { ALL_CHOICES } from "../../server/services/arrivals/records.ts";
import { takeIn as takeInTurn } from "../../server/services/arrivals/work.ts";
import { saveCaptions } from "../../server/services/media/captions.ts";
import { addMedia } from "../../server/services/media/uploads.ts";
import { hideHost } from "../../server/services/relations/hidden-hosts.ts";
import { search } from "../../server/services/search.ts";
import { viewActor } from "../../server/services/actors/actors.ts";
import { CausewayError } from "../../server/errors.ts";
import { findArrival } from "../../server/store/arrivals.ts";
import { aFilm } from "../support/films.ts";
import { aMember, aNote } from "../support/instance.ts";
import { drain } from "../support/network.ts";
import { aPair, follow } from "../support/pair.ts";
import { aLifeboat, aPhrase, aPicture, bring, takeIn } from "./arrival-scene.ts";

test(
  "profile and lists come along when they are wanted, films with their captions",
  { timeout: 120_000 },
  async () => {
    const pair = await aPair();
    const { east, west, ann, bo } = pair;
    const phrase = await aPhrase(east, ann.viewer);
    await aMember(west, "dora");
    await updateProfile(east.app, ann.viewer, {
      name: "Ann of the tides",
      bioSource: "I watch the *sea*.",
      fields: [{ name: "Boat", value: "Heron" }],
    });
    await follow(pair, east, ann.viewer, "@dora@west.test");
    await hideHost(east.app, ann.viewer, "loud.example");
    const film = await addMedia(east.app, ann.viewer, {
      name: "waves.mp4",
      bytes: await aFilm({ in: "mp4", video: { codec: "avc", width: 64, height: 48 } }),
      alt: "Waves",
    });
    await drain(east);
    const source = "WEBVTT\n\n00:00.000 --> 00:00.900\nwaves break\n";
    await saveCaptions(east.app, ann.viewer, film.id, { language: "en", source });
    const note = await aNote(east, { by: ann.viewer, source: "a film", attachments: [{ id: film.id }] });
    const bytes = await aLifeboat(east, ann.viewer);
    pair.network.leave("east.test");
    const looked = await bring(west, bo.viewer, bytes, { phrase });
    expect(looked.report.inside?.lists).toEqual(expect.arrayContaining(["follows", "domains"]));
    const done = await takeIn(west, bo.viewer, looked.id, {
      profile: true,
      lists: ["follows", "domains", "blocks"],
    });
    expect(done).toMatchObject({
      state: "done",
      report: { taken: 1, profile: "taken", media: { taken: 1 } },
    });
    expect(Object.keys(done.report.lists)).toEqual(["follows", "domains", "blocks"]);
    const me = await viewActor(west.app, bo.viewer.actorId);
    expect(me).toMatchObject({ name: "Ann of the tides", followingCount: 1, fields: [{ name: "Boat" }] });
    expect(me?.bioHtml).toContain("I watch the");
    const blocks = await west.app.db.selectFrom("personal_domain_blocks").selectAll().execute();
    expect(JSON.stringify(blocks)).toContain("loud.example");
    const [copy] = (await search(west.app, bo.viewer, note.uri, { resolve: false })).notes;
    expect(copy?.attachments).toMatchObject([{ kind: "video", state: "ready", alt: "Waves" }]);
    expect(copy?.attachments[0]?.captions).toMatchObject([{ language: "en" }]);
  },
);

test("rests when there is no room, says so, and goes on when it is asked to", async () => {
  const pair = await aPair();
  const { east, west, ann, bo } = pair;
  const phrase = await aPhrase(east, ann.viewer);
  await aNote(east, { by: ann.viewer, source: "words alone" });
  const picture = await aPicture(east, ann.viewer, "red");
  await aNote(east, { by: ann.viewer, source: "with a picture", attachments: [{ id: picture.id }] });
  const looked = await bring(west, bo.viewer, await aLifeboat(east, ann.viewer), { phrase });
  await startArrival(west.app, bo.viewer, looked.id, { ...ALL_CHOICES, lists: [] });
  const full = async () => await Promise.reject(new CausewayError("unavailable", "film.no_room"));
  const app = { ...west.app, files: { ...west.app.files, write: full, take: full } };
  const row = await findArrival(west.app.db, looked.id);
  if (row === undefined) throw new Error("it was just begun");
  await takeInTurn(app, row, { signal: new AbortController().signal, attempt: 1 });
  const resting = await getArrival(west.app, bo.viewer, looked.id);
  expect(resting).toMatchObject({
    state: "resting",
    done: 1,
    fault: { key: "film.no_room" },
    report: { taken: 1 },
  });
  await continueArrival(west.app, bo.viewer, looked.id);
  await drain(west);
  expect(await getArrival(west.app, bo.viewer, looked.id)).toMatchObject({
    state: "done",
    fault: null,
    report: { taken: 2, already: 0, media: { taken: 1, left: 0 } },
  });
});
