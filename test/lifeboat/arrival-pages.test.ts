import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { listArrivals } from "../../server/services/arrivals/arrivals.ts";
import { search } from "../../server/services/search.ts";
import { csrfToken } from "../../web/session.ts";
import { aMember, createInstance, type Member, type TestInstance } from "../support/instance.ts";
import { drain } from "../support/network.ts";
import { aSample } from "./sample.ts";

let here: TestInstance;
let bo: Member;

beforeEach(async () => {
  here = await createInstance({ host: "here.test" });
  bo = await aMember(here, "bo");
});
afterEach(() => here.close());

async function ask(path: string, member: Member | null = bo, init: RequestInit = {}): Promise<Response> {
  return await here.request(path, {
    redirect: "manual",
    ...init,
    headers: {
      accept: "text/html",
      ...(member === null ? {} : { cookie: `__Host-session=${member.sessionToken}` }),
      origin: here.app.config.origin,
      ...init.headers,
    },
  });
}

const token = () => csrfToken(here.app, bo.sessionToken);
const textOf = async (path: string) => await (await ask(path)).text();

async function send(path: string, fields: readonly (readonly [string, string])[]): Promise<Response> {
  const body = new URLSearchParams([...fields.map(([name, value]) => [name, value]), ["csrf", token()]]);
  return await ask(path, bo, { method: "POST", body });
}

describe("/settings/arrival", () => {
  test("takes a file without scripts, asks whose it is, takes it in, and takes it away again", async () => {
    const sample = await aSample();
    const page = await textOf("/settings/arrival");
    expect(page).toContain('data-pieces="/settings/arrival/upload"');
    expect(await textOf("/settings/lifeboat")).toContain('href="/settings/arrival"');
    const body = new FormData();
    body.set("csrf", token());
    body.set("file", new File([new Uint8Array(sample.bytes)], "../../lifeboat.tar"));
    const sent = await ask("/settings/arrival", bo, { method: "POST", body });
    expect(sent.status).toBe(303);
    const place = sent.headers.get("location") ?? "";
    await drain(here);
    const asked = await textOf(place);
    expect(asked).toContain("@ann@home.test");
    expect(asked).toContain("3 notes");
    expect(asked).toContain("Is it yours?");
    expect(asked).not.toContain('value="start"');
    const nonsense = await send(place, [
      ["do", "unlock"],
      ["phrase", "zebra zebra zebra"],
    ]);
    expect(nonsense.status).toBe(422);
    expect(await nonsense.text()).not.toContain("zebra zebra");
    await send(place, [
      ["do", "unlock"],
      ["phrase", sample.phrase.toUpperCase()],
    ]);
    await drain(here);
    const proved = await textOf(place);
    expect(proved).toContain("You have the recovery phrase that signed for this account.");
    expect(proved).not.toContain(sample.phrase.split(" ").slice(0, 3).join(" "));
    expect((await send(place, [["do", "start"]])).status).toBe(422);
    expect(
      (
        await send(place, [
          ["do", "start"],
          ["notes", "yes"],
        ])
      ).status,
    ).toBe(303);
    await drain(here);
    const done = await textOf(place);
    expect(done).toContain("3 notes taken in");
    const [note] = (await search(here.app, bo.viewer, "https://home.test/notes/1", { resolve: false })).notes;
    const shown = await textOf(`/@bo/${note?.id ?? 0}`);
    expect(shown).toContain("First published at");
    expect(shown).toContain("https://home.test/notes/1");
    await send(place, [["do", "undo"]]);
    await drain(here);
    expect(await textOf(place)).toContain("3 notes were taken away.");
    expect((await ask(`/@bo/${note?.id ?? 0}`)).status).toBe(410);
  });

  test("takes a file in pieces, goes on after a lost one, and says in JSON what is wrong", async () => {
    const { bytes } = await aSample();
    const begin = await send("/settings/arrival/upload", [
      ["size", String(bytes.length)],
      ["name", "x"],
    ]);
    expect(begin.status).toBe(201);
    const { upload } = (await begin.json()) as { readonly upload: number };
    const patch = async (offset: number, part: Uint8Array) =>
      await ask(`/settings/arrival/upload/${upload}`, bo, {
        method: "PATCH",
        body: new Uint8Array(part),
        headers: { "upload-offset": String(offset), "content-type": "application/offset+octet-stream" },
      });
    expect((await patch(0, bytes.subarray(0, 700))).status).toBe(200);
    expect((await patch(0, bytes.subarray(0, 700))).status).toBe(409);
    const state = (await (await ask(`/settings/arrival/upload/${upload}`)).json()) as { offset: number };
    expect(state.offset).toBe(700);
    const last = (await (await patch(700, bytes.subarray(700))).json()) as { id?: number };
    expect(last.id).toBe(upload);
    await drain(here);
    expect((await listArrivals(here.app, bo.viewer))[0]).toMatchObject({ state: "review", total: 3 });
    const tooLarge = await send("/settings/arrival/upload", [["size", String(40 * 1024 ** 4)]]);
    expect(tooLarge.status).toBe(422);
    expect(await tooLarge.text()).toContain("at most 32 GB");
  });

  test("is nobody else's business", async () => {
    const cy = await aMember(here, "cy");
    const { bytes } = await aSample();
    const body = new FormData();
    body.set("csrf", token());
    body.set("file", new File([new Uint8Array(bytes)], "lifeboat.tar"));
    const place =
      (await ask("/settings/arrival", bo, { method: "POST", body })).headers.get("location") ?? "";
    const id = place.split("/").at(-1) ?? "";
    expect((await ask(place, cy)).status).toBe(404);
    expect((await ask(`/settings/arrival/upload/${id}`, cy)).status).toBe(404);
    expect((await ask(place, null)).status).not.toBe(200);
    const form = new URLSearchParams({ do: "drop", csrf: csrfToken(here.app, cy.sessionToken) });
    expect((await ask(place, cy, { method: "POST", body: form })).status).toBe(404);
    expect((await listArrivals(here.app, cy.viewer)).length).toBe(0);
    for (const locale of ["ar", "es", "zh-Hans", "zh-Hant"])
      expect((await ask(`/settings/arrival?locale=${locale}`)).status).toBe(200);
  });
});
