import { hash } from "node:crypto";
import { COVERED, type Message, rsaSha256, type SigningKey } from "./message.ts";

/**
 * The headers of a message signed by RFC 9421 with rsa-v1_5-sha256: method, target and host, date, and for bodies the
 * content digest (RFC 9530). These are the components that Mastodon, Fedify and their relatives ask for.
 */
export async function rfc9421Headers(key: SigningKey, message: Message): Promise<Record<string, string>> {
  const url = new URL(message.url);
  const headers: Record<string, string> = { ...message.headers, date: new Date(message.now).toUTCString() };
  const parts: [name: string, value: string][] = [
    ["@method", message.method],
    ["@target-uri", url.href],
    ["@authority", url.host],
    ["host", url.host],
    ["date", headers["date"] ?? ""],
  ];
  if (message.body !== undefined) {
    headers["content-digest"] = `sha-256=:${message.digest ?? hash("sha256", message.body, "base64")}:`;
    for (const name of ["content-digest", ...COVERED]) {
      const value = headers[name];
      if (value !== undefined) parts.push([name, value]);
    }
  }
  const names = parts.map(([name]) => `"${name}"`).join(" ");
  const created = Math.floor(message.now / 1000);
  const parameters = `(${names});alg="rsa-v1_5-sha256";keyid="${key.keyId}";created=${created}`;
  const lines = parts.map(([name, value]) => `"${name}": ${value}`);
  const signature = await rsaSha256(key, [...lines, `"@signature-params": ${parameters}`].join("\n"));
  headers["signature-input"] = `sig1=${parameters}`;
  headers["signature"] = `sig1=:${signature}:`;
  return headers;
}
