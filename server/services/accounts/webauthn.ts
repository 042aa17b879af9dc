import { z } from "zod";
import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import { type AccountId, asId } from "../../domain/ids.ts";
import { USE_LIMITS } from "../../domain/limits.ts";
import { CausewayError } from "../../errors.ts";
import { fromJson } from "../../store/codec.ts";
import { casValue, getValue, setValue } from "../../store/kv.ts";
import { findPasskey, listPasskeyRows, noteUse, type PasskeyRow } from "../../store/passkeys.ts";
import { takeLimit } from "./limits.ts";
import { hashToken } from "./sessions.ts";
import { getSettings } from "./settings.ts";

// Passkeys after WebAuthn level 3: discoverable, user verification required, no attestation asked for.
// The library is loaded when somebody first uses a passkey: it takes 25 MB and half a second, which many servers never need.

const loadWebAuthn = async () => await import("@simplewebauthn/server");

/** EdDSA, ES256 and RS256: what every authenticator in use can do (RFC 9053; RFC 8812). */
const ALGORITHMS = [-8, -7, -257];
const CHALLENGE_MS = 5 * 60_000;
/** An answer of an authenticator is about 1 KB; keys after quantum computers some more. */
const ANSWER_BYTES = 24_000;

/** What an answer is for; one that was asked for something else is refused. */
export type PasskeyUse = "sign_in" | "join" | "add" | "confirm";

type Challenge = {
  readonly use: PasskeyUse;
  /** Hash of the session or of the visitor's cookie: nobody else can use the answer. */
  readonly holder: string;
  readonly accountId: number | null;
};

/** Who asks: the secret of their session or of a visitor's cookie, and the address they are counted by. */
export type Asking = { readonly holder: string; readonly ip: string };

/** The site that passkeys are bound to: the host of the pages, whatever the host in handles (split domains) is. */
function relyingParty(app: App): string {
  return new URL(app.config.origin).hostname;
}

/** What `navigator.credentials.get` is asked with, to sign in or (with a viewer) to prove who they are. @throws too_many */
export async function askForPasskey(app: App, asking: Asking, viewer: Viewer | null) {
  takeLimit(app, USE_LIMITS.passkeyChallenges, asking.ip);
  const rows = viewer === null ? [] : await listPasskeyRows(app.db, viewer.accountId);
  const options = await (
    await loadWebAuthn()
  ).generateAuthenticationOptions({
    rpID: relyingParty(app),
    challenge: challengeBytes(app),
    timeout: CHALLENGE_MS,
    userVerification: "required",
    allowCredentials: rows.map(descriptor),
  });
  const use = viewer === null ? "sign_in" : "confirm";
  await keepChallenge(app, options.challenge, {
    use,
    holder: hashToken(asking.holder),
    accountId: viewer?.accountId ?? null,
  });
  return options;
}

/**
 * What `navigator.credentials.create` is asked with: for a member, or for somebody who joins as `username` (their account
 * gets the id that is made here). @throws too_many
 */
export async function askForNewPasskey(
  app: App,
  asking: Asking,
  who: { readonly viewer: Viewer } | { readonly username: string },
) {
  takeLimit(app, USE_LIMITS.passkeyChallenges, asking.ip);
  const viewer = "viewer" in who ? who.viewer : null;
  const accountId = viewer?.accountId ?? asId<AccountId>(app.ids.next());
  const rows = viewer === null ? [] : await listPasskeyRows(app.db, accountId);
  const userName = "viewer" in who ? who.viewer.username : who.username;
  const options = await (
    await loadWebAuthn()
  ).generateRegistrationOptions({
    rpName: (await getSettings(app)).name,
    rpID: relyingParty(app),
    userName,
    userDisplayName: viewer?.name ?? userName,
    userID: bytesOf(userHandle(app, accountId)),
    challenge: challengeBytes(app),
    timeout: CHALLENGE_MS,
    attestationType: "none",
    supportedAlgorithmIDs: ALGORITHMS,
    excludeCredentials: rows.map(descriptor),
    authenticatorSelection: { residentKey: "required", userVerification: "required" },
  });
  const use = viewer === null ? "join" : "add";
  await keepChallenge(app, options.challenge, { use, holder: hashToken(asking.holder), accountId });
  return options;
}

function bytesOf(base64url: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(base64url, "base64url"));
}

function challengeBytes(app: App) {
  return bytesOf(app.ids.secret(32));
}

function descriptor(row: PasskeyRow) {
  return { id: row.credential_id, transports: [...fromJson<readonly string[]>(row.transports, [])] };
}

/** Opaque, and the same for all passkeys of an account, so that an authenticator keeps one for each (WebAuthn, 14.6.1). */
function userHandle(app: App, accountId: number): string {
  return app.vault.mac(String(accountId), "passkey-user");
}

async function keepChallenge(app: App, challenge: string, value: Challenge): Promise<void> {
  await setValue(app.db, ["passkey", challenge], value, app.clock.now(), CHALLENGE_MS);
}

const clientData = z.object({ challenge: z.string().max(200) });
const answerHead = { id: z.string().max(2000), rawId: z.string().max(2000), type: z.literal("public-key") };
const createdAnswer = z.object({
  ...answerHead,
  response: z.object({
    clientDataJSON: z.string(),
    attestationObject: z.string(),
    transports: z.array(z.string().max(30)).max(10).default([]),
  }),
});
const givenAnswer = z.object({
  ...answerHead,
  response: z.object({
    clientDataJSON: z.string(),
    authenticatorData: z.string(),
    signature: z.string(),
    userHandle: z.string().max(100).nullish(),
  }),
});

/** The one refusal of passkeys: what exactly was wrong is nobody's business. */
export function refusedPasskey(cause?: unknown): CausewayError {
  return new CausewayError("invalid", "error.invalid", {
    fields: { passkey: { key: "field.passkey" } },
    cause,
  });
}

function parseAnswer<T>(schema: z.ZodType<T>, text: string): T {
  if (text.length > ANSWER_BYTES) throw refusedPasskey();
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw refusedPasskey(cause);
  }
}

/** Takes the challenge that an answer names out of the store: each is good for one answer, of the one who asked. */
async function takeChallenge(
  app: App,
  clientDataJSON: string,
  asked: { readonly use: PasskeyUse; readonly holder: string },
): Promise<{ readonly text: string; readonly accountId: number | null }> {
  const { challenge } = parseAnswer(clientData, Buffer.from(clientDataJSON, "base64url").toString("utf8"));
  const now = app.clock.now();
  const value = (await getValue(app.db, ["passkey", challenge], now)) as Challenge | undefined;
  if (value === undefined || value.use !== asked.use || value.holder !== hashToken(asked.holder))
    throw refusedPasskey();
  if (!(await casValue(app.db, ["passkey", challenge], value, undefined, now))) throw refusedPasskey();
  return { text: challenge, accountId: value.accountId };
}

/** A passkey that was just made and is nobody's yet. */
export type NewPasskey = {
  /** The account that it was made for; of one who joins, the id that the account gets. */
  readonly accountId: AccountId;
  readonly credentialId: string;
  readonly publicKey: string;
  readonly counter: number;
  readonly transports: readonly string[];
  readonly backedUp: boolean;
};

/** Reads what an authenticator answered when it made a passkey. @throws invalid at `passkey` */
export async function readNewPasskey(
  app: App,
  command: { readonly use: "join" | "add"; readonly answer: string; readonly holder: string },
): Promise<NewPasskey> {
  const answer = parseAnswer(createdAnswer, command.answer);
  const challenge = await takeChallenge(app, answer.response.clientDataJSON, command);
  if (challenge.accountId === null || !(await isUnattested(answer.response.attestationObject)))
    throw refusedPasskey();
  const { verifyRegistrationResponse } = await loadWebAuthn();
  const made = await verified(() =>
    verifyRegistrationResponse({
      response: { ...answer, response: { ...answer.response, transports: [] }, clientExtensionResults: {} },
      expectedChallenge: challenge.text,
      expectedOrigin: app.config.origin,
      expectedRPID: relyingParty(app),
      supportedAlgorithmIDs: ALGORITHMS,
      requireUserVerification: true,
    }),
  );
  if (!made.verified) throw refusedPasskey();
  const { credential, credentialBackedUp } = made.registrationInfo;
  return {
    accountId: asId(challenge.accountId),
    credentialId: credential.id,
    publicKey: Buffer.from(credential.publicKey).toString("base64url"),
    counter: credential.counter,
    transports: answer.response.transports,
    backedUp: credentialBackedUp,
  };
}

/**
 * True for answers without a certificate, which is what we asked for. Certificates name addresses of revocation lists that
 * a verifier would fetch: nobody makes us ask addresses of their choice.
 */
async function isUnattested(attestationObject: string): Promise<boolean> {
  const { decodeAttestationObject } = await import("@simplewebauthn/server/helpers");
  try {
    const decoded = decodeAttestationObject(bytesOf(attestationObject));
    const format = decoded.get("fmt");
    return format === "none" || (format === "packed" && decoded.get("attStmt").get("x5c") === undefined);
  } catch {
    return false;
  }
}

async function verified<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw refusedPasskey(cause);
  }
}

/** Whose passkey answered: its account. Counts the use. @throws invalid at `passkey` */
export async function readPasskey(
  app: App,
  command: { readonly use: "sign_in" | "confirm"; readonly answer: string; readonly holder: string },
): Promise<AccountId> {
  const answer = parseAnswer(givenAnswer, command.answer);
  const challenge = await takeChallenge(app, answer.response.clientDataJSON, command);
  const row = await findPasskey(app.db, answer.id);
  if (row === undefined) throw refusedPasskey();
  if (challenge.accountId !== null && challenge.accountId !== row.account_id) throw refusedPasskey();
  const handle = answer.response.userHandle ?? null;
  if (handle === null ? command.use === "sign_in" : handle !== userHandle(app, row.account_id))
    throw refusedPasskey();
  const { clientDataJSON, authenticatorData, signature } = answer.response;
  const { verifyAuthenticationResponse } = await loadWebAuthn();
  const given = await verified(() =>
    verifyAuthenticationResponse({
      response: {
        ...answer,
        response: { clientDataJSON, authenticatorData, signature },
        clientExtensionResults: {},
      },
      expectedChallenge: challenge.text,
      expectedOrigin: app.config.origin,
      expectedRPID: relyingParty(app),
      credential: {
        id: row.credential_id,
        publicKey: bytesOf(row.public_key),
        counter: row.counter,
      },
      requireUserVerification: true,
    }),
  );
  const { newCounter, credentialBackedUp } = given.authenticationInfo;
  const use = { counter: newCounter, backedUp: credentialBackedUp, at: app.clock.now() };
  if (!given.verified || !(await noteUse(app.db, row.id, use))) throw refusedPasskey();
  return asId(row.account_id);
}
