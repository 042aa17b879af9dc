import { hash } from "node:crypto";
import { COVERED, type Message, rsaSha256, type SigningKey } from "./message.ts";

/**
 * The headers of a message signed by draft-cavage-http-signatures-12 with RSA-SHA256, as all of the fediverse reads it:
 * request target with the query (Mastodon and WordPress check it), host, date, and for bodies digest and content type.
 * Written here because this is what a delivery costs: without request objects it is the bare signature, which the thread
 * pool makes. The `host` header is signed and left to the client, who writes the same.
 */
export async function cavageHeaders(key: SigningKey, message: Message): Promise<Record<string, string>> {
  const url = new URL(message.url);
  const headers: Record<string, string> = { ...message.headers, date: new Date(message.now).toUTCString() };
  let names = "(request-target) host date";
  let text = `(request-target): ${message.method.toLowerCase()} ${url.pathname}${url.search}\nhost: ${url.host}\ndate: ${headers["date"]}`;
  const cover = (name: string): void => {
    names += ` ${name}`;
    text += `\n${name}: ${headers[name]}`;
  };
  if (message.body !== undefined) {
    headers["digest"] = `SHA-256=${message.digest ?? hash("sha256", message.body, "base64")}`;
    cover("digest");
    for (const name of COVERED) if (headers[name] !== undefined) cover(name);
  }
  const signature = await rsaSha256(key, text);
  headers["signature"] =
    `keyId="${key.keyId}",algorithm="rsa-sha256",headers="${names}",signature="${signature}"`;
  return headers;
}
