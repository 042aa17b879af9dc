import { createHash, createSign, generateKeyPairSync, type KeyObject } from "node:crypto";
import { isoBase64URL, isoCBOR } from "@simplewebauthn/server/helpers";
import { addPasskey } from "../../server/services/accounts/passkeys.ts";
import { signInWithPasskey } from "../../server/services/accounts/sign-in.ts";
import { askForNewPasskey, askForPasskey } from "../../server/services/accounts/webauthn.ts";
import type { Member, TestInstance } from "./instance.ts";

/** The secret of the one browser that these people use, and where it is. */
export const HOLDER = "the secret of one browser";
export const FROM = { ip: "203.0.113.8", agent: "Mozilla/5.0 (Android 15) Firefox/140.0" } as const;
const asking = { holder: HOLDER, ip: FROM.ip };

/** Gives a member a passkey on a new device. */
export async function withPasskey(
  { app }: Pick<TestInstance, "app">,
  member: Member,
): Promise<Authenticator> {
  const device = createAuthenticator(app.config.origin);
  const answer = device.create(await askForNewPasskey(app, asking, { viewer: member.viewer }));
  await addPasskey(app, member.viewer, { answer, holder: HOLDER, agent: FROM.agent });
  return device;
}

/** Signs in by the passkey of a device. */
export async function byPasskey(
  { app }: Pick<TestInstance, "app">,
  device: Authenticator,
  bent: Bent = {},
): Promise<{ readonly sessionToken: string }> {
  const answer = device.get(await askForPasskey(app, asking, null), bent);
  return await signInWithPasskey(app, { ...FROM, answer, holder: HOLDER });
}

/** An authenticator in software that makes and uses passkeys as a phone does, and whose answers can be bent. */
export type Authenticator = {
  create(options: Creation, bent?: Bent): string;
  get(options: Request, bent?: Bent): string;
};
type Creation = {
  readonly challenge: string;
  readonly rp: { readonly id?: string | undefined };
  readonly user: { readonly id: string };
};
type Request = { readonly challenge: string; readonly rpId?: string | undefined };
/** What is wrong with an answer on purpose. */
export type Bent = {
  readonly origin?: string;
  readonly challenge?: string;
  readonly rpId?: string;
  readonly isUnverified?: boolean;
  readonly counter?: number;
  readonly userHandle?: string;
  readonly certificate?: Uint8Array;
};

const PRESENT = 0x01;
const VERIFIED = 0x04;
const ATTESTED = 0x40;

/** One passkey device for one site; ES256. Counts its uses, as security keys do. */
export function createAuthenticator(origin: string): Authenticator {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const id = createHash("sha256")
    .update(publicKey.export({ format: "der", type: "spki" }))
    .digest();
  let counter = 0;
  let handle = "";
  const dataOf = (type: string, challenge: string, bent: Bent) =>
    Buffer.from(
      JSON.stringify({
        type,
        challenge: bent.challenge ?? challenge,
        origin: bent.origin ?? origin,
        crossOrigin: false,
      }),
    );
  const headOf = (rpId: string, flags: number, bent: Bent) => {
    const count = Buffer.alloc(4);
    counter += 1;
    count.writeUInt32BE(bent.counter ?? counter);
    const verified = bent.isUnverified === true ? 0 : VERIFIED;
    const site = createHash("sha256")
      .update(bent.rpId ?? rpId)
      .digest();
    return Buffer.concat([site, Buffer.from([flags | PRESENT | verified]), count]);
  };
  const answer = (response: object) =>
    JSON.stringify({
      id: id.toString("base64url"),
      rawId: id.toString("base64url"),
      type: "public-key",
      clientExtensionResults: {},
      response,
    });
  return {
    create({ challenge, rp, user }, bent = {}) {
      handle = user.id;
      const size = Buffer.alloc(2);
      size.writeUInt16BE(id.length);
      const authData = Buffer.concat([
        headOf(rp.id ?? "", ATTESTED, bent),
        Buffer.alloc(16),
        size,
        id,
        coseOf(publicKey),
      ]);
      const isPlain = bent.certificate === undefined;
      const statement = new Map<string, unknown>(
        isPlain
          ? []
          : [
              ["alg", -7],
              ["sig", new Uint8Array(64)],
              ["x5c", [bent.certificate]],
            ],
      );
      const attestation = isoCBOR.encode(
        // The helper's own types know fewer values than it writes.
        new Map<string, never>([
          ["fmt", (isPlain ? "none" : "packed") as never],
          ["attStmt", statement as never],
          ["authData", new Uint8Array(authData) as never],
        ]),
      );
      return answer({
        clientDataJSON: dataOf("webauthn.create", challenge, bent).toString("base64url"),
        attestationObject: isoBase64URL.fromBuffer(attestation),
        transports: ["internal"],
      });
    },
    get({ challenge, rpId }, bent = {}) {
      const clientData = dataOf("webauthn.get", challenge, bent);
      const authData = headOf(rpId ?? "", 0, bent);
      const signed = Buffer.concat([authData, createHash("sha256").update(clientData).digest()]);
      return answer({
        clientDataJSON: clientData.toString("base64url"),
        authenticatorData: authData.toString("base64url"),
        signature: createSign("sha256").update(signed).sign(privateKey).toString("base64url"),
        userHandle: bent.userHandle ?? handle,
      });
    },
  };
}

/** A P-256 key in COSE (RFC 9053, 7.1.1). */
function coseOf(key: KeyObject): Buffer {
  const { x = "", y = "" } = key.export({ format: "jwk" });
  const bytes = isoCBOR.encode(
    new Map<number, never>([
      [1, 2 as never],
      [3, -7 as never],
      [-1, 1 as never],
      [-2, isoBase64URL.toBuffer(x) as never],
      [-3, isoBase64URL.toBuffer(y) as never],
    ]),
  );
  return Buffer.from(bytes);
}
