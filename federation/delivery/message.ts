import { sign, KeyObject } from "node:crypto";

/** The two signature schemes of the fediverse, by Fedify's names. */
export type Spec = "draft-cavage-http-signatures-12" | "rfc9421";

/** A private key that is ready to sign, and the address its public half is found at. */
export type SigningKey = { readonly keyId: string; readonly privateKey: CryptoKey };

/** What is signed; `now` in ms dates it. */
export type Message = {
  readonly method: "GET" | "POST";
  readonly url: string;
  /** Those named in `COVERED` are signed; the others go along. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array<ArrayBuffer>;
  /** SHA-256 of the body, base64; made when left out. */
  readonly digest?: string;
  readonly spec: Spec;
  readonly now: number;
};

/** Headers of ours that are signed when they are there (FEP-8fcf asks for the last). */
export const COVERED = ["content-type", "collection-synchronization"] as const;

/** RSASSA-PKCS1-v1_5 with SHA-256, base64, made in the thread pool: this is what a delivery costs. */
export function rsaSha256(key: SigningKey, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    sign("sha256", Buffer.from(text, "latin1"), KeyObject.from(key.privateKey), (error, signature) => {
      if (error !== null) reject(error);
      else resolve(signature.toString("base64"));
    });
  });
}
