import type { MoveForm } from "./lifeboat.ts";

// What each kind of server makes of somebody who leaves a server that is gone, as its source says it. The table is what
// kits are launched by, what the progress page explains, and what the emulated servers of the tests are held against.

/** With what an escape is told: whether the old server still answers, and whether the old key is at hand or only its seals. */
export type EscapeMeans = { readonly origin: "answers" | "silent"; readonly key: "live" | "sealed" };

/**
 * Why a server cannot follow: `signature` = it believes nothing but a delivery that the old key signs at that moment;
 * `origin` = it asks the old server, which does not answer; `never` = it does not follow anybody who moves.
 */
export const UNABLE_REASONS = ["signature", "origin", "never"] as const;
export type UnableReason = (typeof UNABLE_REASONS)[number];

export type EscapeWay = { readonly form: MoveForm } | { readonly unable: UnableReason };

type Family = {
  readonly form: MoveForm;
  /** Believes a message that the old key signed in advance and another actor carries. */
  readonly believesSeals: boolean;
  /** Reads the old actor at its own address before it believes anything. */
  readonly asksOrigin: boolean;
};

const FAMILIES = {
  /** Mastodon `process_activity_service`: RsaSignature2017 without `expires`, key from the database, only the target is read. */
  mastodon: { form: "move", believesSeals: true, asksOrigin: false },
  /** Misskey reads the actor again for a Move, and takes an Update by what is embedded in it. */
  misskey: { form: "update", believesSeals: true, asksOrigin: false },
  /** Servers on Fedify that call `getObject()`: what is embedded is not fetched. */
  fedify: { form: "embedded", believesSeals: true, asksOrigin: false },
  /** HTTP signatures alone, by the key that is kept in the database. */
  signed: { form: "move", believesSeals: false, asksOrigin: false },
  /** Pixelfed reads the old actor with `?cb=` and wants `movedTo` there. */
  asking: { form: "move", believesSeals: false, asksOrigin: true },
} as const satisfies Readonly<Record<string, Family>>;

/** Names as NodeInfo gives them. Whoever is not here is taken for one of Mastodon's family, as most of them are. */
const SOFTWARE: ReadonlyMap<string, keyof typeof FAMILIES | "never"> = new Map([
  ...names("mastodon", "mastodon hometown glitchcafe glitch-soc ecko ghost causeway friendica takahe"),
  ...names(
    "misskey",
    "misskey sharkey firefish calckey iceshrimp iceshrimp.net foundkey cherrypick magnetar catodon meisskey groundpolis dolphin tanukey yoiyami",
  ),
  ...names("fedify", "hollo hackerspub hackers.pub botkit"),
  ...names("signed", "gotosocial pleroma akkoma bonfire mitra"),
  ...names("asking", "pixelfed"),
  ...names(
    "never",
    "lemmy piefed kbin mbin peertube threads wordpress writefreely plume funkwhale mobilizon owncast bookwyrm nodebb discourse gancio castopod",
  ),
]);

function names<F extends string>(family: F, list: string): readonly (readonly [string, F])[] {
  return list.split(" ").map((name) => [name, family] as const);
}

/** How a server that runs `software` (as NodeInfo names it; null = not known) is told, or why it cannot follow. */
export function escapeWay(software: string | null, means: EscapeMeans): EscapeWay {
  const name = SOFTWARE.get(software?.trim().toLowerCase() ?? "") ?? "mastodon";
  if (name === "never") return { unable: "never" };
  const family = FAMILIES[name];
  if (family.asksOrigin && means.origin === "silent") return { unable: "origin" };
  if (!family.believesSeals && means.key === "sealed") return { unable: "signature" };
  return { form: family.form };
}
