import {
  createDecipheriv,
  createECDH,
  createPublicKey,
  type ECDH,
  hkdfSync,
  randomBytes,
  verify,
} from "node:crypto";

/** A browser that subscribed at a push service of the test: what it was sent can be read by nobody else. */
export type TestDevice = {
  readonly endpoint: string;
  readonly p256dh: string;
  readonly auth: string;
  /** Every message that arrived, opened, oldest first. */
  readonly messages: { readonly text: string; readonly headers: Headers }[];
  /** What the service answers from now on; 201 unless told otherwise. */
  answer: { status: number; headers?: Record<string, string> };
  /** The service as a host of the test network. */
  serve(request: Request): Promise<Response>;
};

/** Makes a device with keys of its own at `host`. */
export function createDevice(host = "push.test", name = randomBytes(6).toString("hex")): TestDevice {
  const keys = createECDH("prime256v1");
  keys.generateKeys();
  const auth = randomBytes(16);
  const device: TestDevice = {
    endpoint: `https://${host}/send/${name}`,
    p256dh: keys.getPublicKey().toString("base64url"),
    auth: auth.toString("base64url"),
    messages: [],
    answer: { status: 201 },
    serve: async (request) => {
      const body = Buffer.from(await request.arrayBuffer());
      const { status, headers } = device.answer;
      if (status < 300)
        device.messages.push({ text: open(keys, auth, body, request.headers), headers: request.headers });
      return new Response(null, { status, headers: headers ?? {} });
    },
  };
  return device;
}

function open(keys: ECDH, auth: Buffer, body: Buffer, headers: Headers): string {
  const plain =
    headers.get("content-encoding") === "aesgcm"
      ? openOld(keys, auth, body, headers)
      : openNew(keys, auth, body);
  return plain.toString("utf8");
}

/** RFC 8188 and 8291: salt, record size and the sender's key stand before the one record. */
function openNew(keys: ECDH, auth: Buffer, body: Buffer): Buffer {
  const salt = body.subarray(0, 16);
  const length = body.readUInt8(20);
  const sender = body.subarray(21, 21 + length);
  const info = Buffer.concat([Buffer.from("WebPush: info\0"), keys.getPublicKey(), sender]);
  const secret = hkdf(keys.computeSecret(sender), auth, info, 32);
  const key = hkdf(secret, salt, Buffer.from("Content-Encoding: aes128gcm\0"), 16);
  const nonce = hkdf(secret, salt, Buffer.from("Content-Encoding: nonce\0"), 12);
  const padded = unseal(key, nonce, body.subarray(21 + length));
  return padded.subarray(0, padded.lastIndexOf(2));
}

/** The draft before it (draft-ietf-webpush-encryption-04): salt and key in headers, two bytes of padding length. */
function openOld(keys: ECDH, auth: Buffer, body: Buffer, headers: Headers): Buffer {
  const salt = Buffer.from(/salt=([\w-]+)/.exec(headers.get("encryption") ?? "")?.[1] ?? "", "base64url");
  const sender = Buffer.from(/dh=([\w-]+)/.exec(headers.get("crypto-key") ?? "")?.[1] ?? "", "base64url");
  const secret = hkdf(keys.computeSecret(sender), auth, Buffer.from("Content-Encoding: auth\0"), 32);
  const sized = (key: Buffer) => Buffer.concat([Buffer.from([0, key.length]), key]);
  const context = Buffer.concat([Buffer.from("P-256\0"), sized(keys.getPublicKey()), sized(sender)]);
  const info = (name: string) => Buffer.concat([Buffer.from(`Content-Encoding: ${name}\0`), context]);
  const padded = unseal(hkdf(secret, salt, info("aesgcm"), 16), hkdf(secret, salt, info("nonce"), 12), body);
  return padded.subarray(2 + padded.readUInt16BE(0));
}

function hkdf(key: Buffer, salt: Buffer, info: Buffer, length: number): Buffer {
  return Buffer.from(hkdfSync("sha256", key, salt, info, length));
}

function unseal(key: Buffer, nonce: Buffer, sealed: Buffer): Buffer {
  const decipher = createDecipheriv("aes-128-gcm", key, nonce);
  decipher.setAuthTag(sealed.subarray(-16));
  return Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()]);
}

/** The claims of a VAPID header (RFC 8292) if its signature is that of `publicKey`, base64url; null otherwise. */
export function vapidClaims(authorization: string, publicKey: string): Record<string, unknown> | null {
  const token = /(?:t=|WebPush )([\w-]+)\.([\w-]+)\.([\w-]+)/.exec(authorization);
  if (token === null) return null;
  const [, head = "", body = "", signature = ""] = token;
  const point = Buffer.from(publicKey, "base64url");
  const [x, y] = [point.subarray(1, 33), point.subarray(33)].map((half) => half.toString("base64url"));
  const key = createPublicKey({ key: { kty: "EC", crv: "P-256", x: x ?? "", y: y ?? "" }, format: "jwk" });
  const isTrue = verify(
    "sha256",
    Buffer.from(`${head}.${body}`),
    { key, dsaEncoding: "ieee-p1363" },
    Buffer.from(signature, "base64url"),
  );
  return isTrue ? (JSON.parse(Buffer.from(body, "base64url").toString()) as Record<string, unknown>) : null;
}
