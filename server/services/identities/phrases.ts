// Who somebody is beyond this server: a did:key, kept in a recovery phrase that only they have. Part of services/: may import
// what services may; imported by the doors. The phrase is never stored; what shows it once carries it sealed to the page and back.

import { type App, isoTime } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import { asId } from "../../domain/ids.ts";
import { CausewayError, invalid } from "../../errors.ts";
import { makeStatement } from "../../lifeboat/identity.ts";
import { keysOfPhrase, newPhrase, type PhraseKeys, tidyPhrase } from "../../lifeboat/phrase.ts";
import { lockAccount } from "../../store/accounts.ts";
import { fromJson, toJson } from "../../store/codec.ts";
import { transaction } from "../../store/database.ts";
import { findIdentity, writeIdentity } from "../../store/identities.ts";
import { noteSecurityEvent } from "../accounts/security-events.ts";
import { federate } from "../federation/federate.ts";

/** What is known of somebody's identity; the secrets are in their phrase alone. */
export type IdentityView = { readonly did: string; readonly recipient: string; readonly createdAt: number };

/** A phrase that was just made, on its way to paper. */
export type FreshPhrase = {
  readonly words: readonly string[];
  /** The phrase, sealed, for the person's browser: this server keeps nothing of it. */
  readonly ticket: string;
  /** Places of the words that will be asked for, from 1. */
  readonly asked: readonly number[];
};

/** A ticket is of use for an hour. */
const TICKET_MS = 3_600_000;
const ASKED = 3;
const WORDS = 12;

/** The member's identity; null without a recovery phrase. */
export async function getIdentity(app: App, actorId: number): Promise<IdentityView | null> {
  const row = await findIdentity(app.db, actorId);
  return row === undefined ? null : { did: row.did, recipient: row.recipient, createdAt: row.created_at };
}

/** A new phrase for a member. Nothing is changed until they have shown that they wrote it down. */
export async function offerPhrase(app: App, viewer: Viewer): Promise<FreshPhrase> {
  const phrase = newPhrase();
  // Chosen now, so that somebody who guesses cannot choose easier ones.
  const places = Array.from({ length: WORDS }, (_, index) => index + 1);
  const asked = Array.from(Buffer.from(app.ids.secret(ASKED), "base64url"))
    .map((byte, index) => places.splice(byte % (WORDS - index), 1)[0] ?? 1)
    .toSorted((a, b) => a - b);
  const ticket = { phrase, asked, until: app.clock.now() + TICKET_MS };
  return {
    words: phrase.split(" "),
    ticket: await app.vault.seal(JSON.stringify(ticket), purposeOf(viewer)),
    asked,
  };
}

/** The phrase in a ticket again. @throws conflict when it is too old, or somebody else's */
export async function readTicket(app: App, viewer: Viewer, ticket: string): Promise<FreshPhrase> {
  const expired = () => new CausewayError("conflict", "error.phrase_expired");
  const text = await app.vault.open(ticket, purposeOf(viewer)).catch(() => {
    throw expired();
  });
  const none = { phrase: "", asked: [] as readonly number[], until: 0 };
  const { phrase, asked, until } = fromJson<typeof none>(text, none);
  if (until < app.clock.now() || tidyPhrase(phrase) === null) throw expired();
  return { words: phrase.split(" "), ticket, asked };
}

/**
 * Takes a phrase into use once the person has typed the words that were asked for: from now on the profile says who they are
 * beyond this server, and other servers are told. A phrase before this one counts no more for what is new.
 * @throws invalid with `word_<place>`; conflict
 */
export async function confirmPhrase(
  app: App,
  viewer: Viewer,
  command: { readonly ticket: string; readonly typed: Readonly<Record<number, string>> },
): Promise<void> {
  const { words, asked } = await readTicket(app, viewer, command.ticket);
  const wrong = asked.filter((place) => tidy(command.typed[place]) !== words[place - 1]);
  if (wrong.length > 0)
    throw invalid(
      Object.fromEntries(
        wrong.map((place) => [`word_${place}`, { key: "field.word_wrong", params: { place } }]),
      ),
    );
  const keys = await keysOfPhrase(words.join(" "));
  if (keys === null) throw new CausewayError("conflict", "error.phrase_expired");
  await takeIdentity(app, viewer, keys);
}

/** States on the profile that the member and a did:key are one person, and tells other servers. */
export async function takeIdentity(
  app: App,
  viewer: Pick<Viewer, "accountId" | "actorId">,
  keys: PhraseKeys,
): Promise<void> {
  const now = app.clock.now();
  const { accountId, actorId } = viewer;
  const created = isoTime(now).replace(/\.\d{3}Z$/, "Z");
  const statement = makeStatement(keys, app.uris.actor(actorId), created);
  await transaction(app.db, async (tx) => {
    await lockAccount(tx, accountId);
    await writeIdentity(tx, {
      actor_id: actorId,
      did: keys.did,
      statement: toJson(statement),
      recipient: keys.recipient,
      created_at: now,
    });
    await noteSecurityEvent(app, tx, accountId, "phrase_made");
    await federate(app, tx, actorId, { type: "actor.updated", activityId: asId(app.ids.next()), actorId });
  });
  app.wake();
}

/** The keys of a phrase, when it is the member's. @throws invalid with `phrase` */
export async function requireOwnPhrase(app: App, actorId: number, phrase: string): Promise<PhraseKeys> {
  const keys = await keysOfPhrase(phrase);
  if (keys === null) throw invalid({ phrase: { key: "field.phrase_wrong" } });
  const row = await findIdentity(app.db, actorId);
  if (row?.did !== keys.did) throw invalid({ phrase: { key: "field.phrase_other" } });
  return keys;
}

function tidy(word: string | undefined): string {
  return (word ?? "").normalize("NFKD").trim().toLowerCase();
}

function purposeOf({ accountId }: Viewer): string {
  return `phrase:${accountId}`;
}
