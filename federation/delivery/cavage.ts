import { createHash } from "node:crypto";
import type { Message, SigningKey } from "./message.ts";

const encoder = new TextEncoder();

/**
 * The headers of a message signed by draft-cavage-http-signatures-12 with RSA-SHA256, as all of the fediverse reads it:
 * request target with the query (Mastodon and WordPress check it), host, date, and for bodies digest and content type.
 * Written here because this is what a delivery costs: without Fedify's request objects it is the bare signature, which
 * WebCrypto makes off the event loop. The `host` header is signed and left to the client, who writes the same.
 */
export async function cavageHeaders(key: SigningKey, message: Message): Promise<Record<string, string>> {
  const url = new URL(message.url);
  const headers: Record<string, string> = { ...message.headers, date: new Date(message.now).toUTCString() };
  const signed: (readonly [name: string, value: string])[] = [
    ["(request-target)", `${message.method.toLowerCase()} ${url.pathname}${url.search}`],
    ["host", url.host],
    ["date", headers["date"] ?? ""],
  ];
  if (message.body !== undefined) {
    headers["digest"] = `SHA-256=${createHash("sha256").update(message.body).digest("base64")}`;
    signed.push(["digest", headers["digest"]]);
    const type = headers["content-type"];
    if (type !== undefined) signed.push(["content-type", type]);
  }
  const text = signed.map(([name, value]) => `${name}: ${value}`).join("\n");
  const bytes = await crypto.subtle.sign("RSASSA-PKCS1-v1_5", key.privateKey, encoder.encode(text));
  const names = signed.map(([name]) => name).join(" ");
  const signature = Buffer.from(bytes).toString("base64");
  headers["signature"] =
    `keyId="${key.keyId}",algorithm="rsa-sha256",headers="${names}",signature="${signature}"`;
  return headers;
}
