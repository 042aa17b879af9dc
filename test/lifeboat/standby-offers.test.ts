import { expect, test } from "vitest";
import { addProof } from "../../server/lifeboat/proofs.ts";
import { instanceSigner } from "../../server/services/standbys/agreements.ts";
import { inviteStandby } from "../../server/services/standbys/invitations.ts";
import { type TestInstance } from "../support/instance.ts";
import { aPair } from "../support/pair.ts";
import { aTrio } from "../support/trio.ts";
import { agreements, paired, post, replicated, TERMS } from "./standby-parts.ts";

test("an offer counts when the one who offers signed it, for this server, and is altered by nobody", async () => {
  const trio = await aTrio();
  const { east, south, west } = trio;
  await inviteStandby(east.app, TERMS);
  const document = JSON.parse((await agreements(east))[0]?.document ?? "{}") as Record<string, unknown>;
  const { proof: _, ...plain } = document;
  const bySouth = addProof(plain, await instanceSigner(south.app), "2026-06-01T12:00:00Z");
  const forOthers = addProof(
    { ...plain, standby: "https://south.test" },
    await instanceSigner(east.app),
    "2026-06-01T12:00:00Z",
  );
  const bad: readonly (readonly [TestInstance, unknown])[] = [
    [south, document],
    [south, bySouth],
    [east, bySouth],
    [east, plain],
    [east, { ...document, waitHours: 0 }],
    [east, forOthers],
    [east, { type: "StandbyAgreement" }],
    [east, []],
  ];
  for (const [from, body] of bad) {
    const answer = await post(from, "offers", JSON.stringify(body));
    expect(answer?.status, JSON.stringify(body).slice(0, 100)).toBeGreaterThanOrEqual(400);
  }
  expect(await agreements(west)).toEqual([]);
  const unsigned = await west.request("/standby/offers", { method: "POST", body: JSON.stringify(document) });
  expect(unsigned.status).toBe(401);
});

test("an answer counts when it is by the standby that was asked, to the letter of what was asked", async () => {
  const trio = await aTrio();
  const { east, south, west } = trio;
  await inviteStandby(east.app, TERMS);
  const document = JSON.parse((await agreements(east))[0]?.document ?? "{}") as Record<string, unknown>;
  const signer = await instanceSigner(west.app);
  const { proof: _, ...plain } = document;
  const time = "2026-06-01T12:00:00Z";
  const bad: readonly (readonly [TestInstance, unknown])[] = [
    [south, addProof(document, await instanceSigner(south.app), time)],
    [west, addProof(document, await instanceSigner(south.app), time)],
    [west, addProof({ ...document, maxBytes: 1 }, signer, time)],
    [west, addProof(plain, signer, time)],
    [west, document],
  ];
  const { createKeyStore } = await import("../../federation/delivery/signing.ts");
  const { postToPartner } = await import("../../federation/standby/partner.ts");
  const answer = async (from: TestInstance, body: unknown) =>
    await postToPartner(from.app, createKeyStore(from.app), {
      url: "https://east.test/standby/answers",
      type: "application/json",
      body: JSON.stringify({ agreement: plain["id"], document: body }),
    });
  for (const [from, body] of bad) {
    expect((await answer(from, body))?.status).toBeGreaterThanOrEqual(400);
    expect((await agreements(east))[0]?.state).toBe("offered");
  }
  expect((await answer(west, addProof(document, signer, time)))?.status).toBe(202);
  expect((await agreements(east))[0]?.state).toBe("agreed");
});

test("an end that the partner's kept key did not sign ends nothing", async () => {
  const trio = await aTrio();
  const { east, south, west } = trio;
  await replicated(trio);
  const agreement = (await agreements(west))[0]?.uri ?? "";
  const end = { type: "StandbyEnd", v: 1, agreement, at: "2026-06-01T12:00:00Z" };
  const signed = addProof(end, await instanceSigner(south.app), end.at);
  expect((await post(south, "ends", JSON.stringify(signed)))?.status).toBe(403);
  expect((await post(east, "ends", JSON.stringify(signed)))?.status).toBe(422);
  expect((await post(east, "ends", JSON.stringify(end)))?.status).toBe(422);
  expect((await agreements(west))[0]?.state).toBe("agreed");
});

test("what cannot be a standby is not asked", async () => {
  const pair = await aPair();
  const bad = [
    { standby: "nowhere.test" },
    { standby: "east.test" },
    { standby: "ftp://west.test" },
    { standby: "" },
    { maxGigabytes: "0" },
    { waitHours: "200" },
    { trustees: "did:key:zNothing" },
    { trustees: "", threshold: "0" },
  ];
  for (const change of bad)
    await expect(inviteStandby(pair.east.app, { ...TERMS, ...change })).rejects.toThrow();
  expect(await agreements(pair.east)).toEqual([]);
  await paired(pair, pair.east);
});

test("questions of strangers neither pile up nor hide what was agreed", async () => {
  const trio = await aTrio();
  const { east, south, west } = trio;
  await replicated(trio);
  const signer = await instanceSigner(south.app);
  const { actor } = (await (await south.request("/.well-known/causeway/standby")).json()) as {
    actor: string;
  };
  const [agreed] = await agreements(west);
  const terms = JSON.parse(agreed?.document ?? "{}") as Record<string, unknown>;
  const { proof: _, ...plain } = terms;
  for (const digit of ["1", "2", "3"]) {
    const id = `urn:uuid:0000000${digit}-0000-4000-8000-000000000000`;
    const offer = { ...plain, id, home: "https://south.test", homeActor: actor };
    const signed = addProof(offer, signer, "2026-06-01T12:00:00Z");
    expect((await post(south, "offers", JSON.stringify(signed)))?.status).toBe(202);
    expect((await post(south, "offers", JSON.stringify(signed)))?.status).toBe(202);
  }
  expect((await agreements(west)).map((row) => [row.partner, row.state])).toEqual([
    [east.app.config.origin, "agreed"],
    ["https://south.test", "asked"],
  ]);
});
