import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import type { Viewer } from "../../server/domain/actor.ts";
import type { ArrivalChoices, ArrivalId } from "../../server/domain/arrival.ts";
import { getArrival, receiveLifeboat, startArrival } from "../../server/services/arrivals/arrivals.ts";
import { ALL_CHOICES, type ArrivalView } from "../../server/services/arrivals/records.ts";
import { confirmPhrase, offerPhrase } from "../../server/services/identities/phrases.ts";
import { openLifeboatFile, requestLifeboat } from "../../server/services/lifeboats/lifeboats.ts";
import type { RequestLifeboat } from "../../server/services/lifeboats/order.ts";
import { uploadImage } from "../../server/services/media/attachments.ts";
import { temporaryFolder } from "../support/folders.ts";
import type { TestInstance } from "../support/instance.ts";
import { drain } from "../support/network.ts";
import { bytesOf } from "./sample.ts";

const PLAIN: RequestLifeboat = {
  closing: "open",
  followersOnly: true,
  followers: false,
  keys: false,
  passphrase: "",
  phrase: "",
};

/** Makes a recovery phrase as the page does; the words. */
export async function aPhrase(home: TestInstance, viewer: Viewer): Promise<string> {
  const { ticket, asked, words } = await offerPhrase(home.app, viewer);
  const typed = Object.fromEntries(asked.map((place) => [place, words[place - 1] ?? ""]));
  await confirmPhrase(home.app, viewer, { ticket, typed });
  return words.join(" ");
}

/** Has a lifeboat made; its bytes. */
export async function aLifeboat(
  home: TestInstance,
  viewer: Viewer,
  order: Partial<RequestLifeboat> = {},
): Promise<Buffer> {
  const id = await requestLifeboat(home.app, viewer, { ...PLAIN, ...order });
  await drain(home);
  const file = await openLifeboatFile(home.app, viewer, id);
  return await bytesOf(file.open());
}

/** The same on a disk. */
export async function onDisk(bytes: Uint8Array): Promise<string> {
  const path = join(temporaryFolder(), "lifeboat.tar");
  await writeFile(path, bytes);
  return path;
}

/** Brings a lifeboat, and lets the server look at it. */
export async function bring(
  at: TestInstance,
  viewer: Viewer,
  bytes: Uint8Array,
  secrets: { readonly passphrase?: string; readonly phrase?: string } = {},
): Promise<ArrivalView> {
  const { id } = await receiveLifeboat(at.app, viewer, new Blob([Uint8Array.from(bytes)]), secrets);
  await drain(at);
  return await getArrival(at.app, viewer, id);
}

/** Takes in what was brought. */
export async function takeIn(
  at: TestInstance,
  viewer: Viewer,
  id: ArrivalId,
  choices: Partial<ArrivalChoices> = {},
): Promise<ArrivalView> {
  await startArrival(at.app, viewer, id, { ...ALL_CHOICES, lists: [], ...choices });
  await drain(at);
  return await getArrival(at.app, viewer, id);
}

/** A picture of one colour, uploaded. */
export async function aPicture(home: TestInstance, viewer: Viewer, alt: string) {
  const bytes = await sharp({ create: { width: 40, height: 30, channels: 3, background: "#c00" } })
    .png()
    .toBuffer();
  return await uploadImage(home.app, viewer, { bytes, alt });
}
