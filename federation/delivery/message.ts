/** The two signature schemes of the fediverse, by Fedify's names. */
export type Spec = "draft-cavage-http-signatures-12" | "rfc9421";

/** A private key that is ready to sign, and the address its public half is found at. */
export type SigningKey = { readonly keyId: string; readonly privateKey: CryptoKey };

/** What is signed; `now` in ms dates it. */
export type Message = {
  readonly method: "GET" | "POST";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array<ArrayBuffer>;
  readonly spec: Spec;
  readonly now: number;
};
