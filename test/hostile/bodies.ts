// Bodies and headers of deliveries that are wrong before anybody asks what they mean.

import type { Facts } from "./scene.ts";

/** A body signed by eve over exactly these bytes. */
export type HostileBody = { readonly row: string; readonly body: Uint8Array };

/** Headers of a delivery that was signed well, changed on the way; `null` takes one away. */
export type HostileHeaders = {
  readonly row: string;
  readonly headers: Readonly<Record<string, string | null>>;
  /** Of the signature header: what is replaced by what. */
  readonly signature?: readonly [RegExp, string];
};

/** Bytes that are no activity. */
export function hostileBodies(facts: Facts): readonly HostileBody[] {
  const like = `"@context":"https://www.w3.org/ns/activitystreams","id":"https://e.test/acts/b","type":"Like","actor":"${facts.eve}","object":"${facts.aliceNote}"`;
  const texts = [
    "",
    " ",
    "{",
    "}",
    "[]",
    "null",
    '""',
    "0",
    "NaN",
    "true",
    "undefined",
    `[{${like}}]`,
    `{${like}`,
    `{${like},}`,
    `{${like}}}`,
    `{${like}} {${like}}`,
    `{${like}}\u0000`,
    `\uFEFF{${like}}`,
    `/* x */{${like}}`,
    `{${like},"n":1e400}`,
    `{${like},"n":01}`,
    `{${like},"n":+1}`,
    `{${like},"n":0x10}`,
    `{${like},"s":"\\x41"}`,
    `{${like},"s":"\\ud800"}`,
    `{${like},"s":"a\nb"}`,
    `{${like},'s':1}`,
    `{${like},s:1}`,
    `{${like},"actor":"${facts.vic}"}`,
    `{"actor":"${facts.vic}",${like}}`,
    `{${like},"type":"Delete"}`,
    `{${like},"@id":"${facts.vicNote}"}`,
    `{${like},"\\u0061ctor":"${facts.vic}"}`,
    `{${like},"__proto__":{"polluted":true}}`,
    `{${like},"x":${"[".repeat(33)}${"]".repeat(33)}}`,
    `{${like},"x":${"[".repeat(700)}${"]".repeat(700)}}`,
    `{${like},"x":${"[".repeat(20_000)}${"]".repeat(20_000)}}`,
    `{${like},"x":${'{"a":'.repeat(2_000)}1${"}".repeat(2_000)}}`,
    `{${like},"x":[${"1,".repeat(5_100)}1]}`,
    `{${like},"x":"${"y".repeat(1_100_000)}"}`,
    "<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>",
    "csrf=1&type=Like",
    "--x\r\nContent-Disposition: form-data; name=a\r\n\r\nb\r\n--x--",
  ];
  const encoder = new TextEncoder();
  const bytes = [
    new Uint8Array([0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00]),
    new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]),
    new Uint8Array([0xc0, 0xaf, 0x7b, 0x7d]),
    new Uint8Array([0xed, 0xa0, 0x80]),
    new Uint8Array([0x1f, 0x8b, 0x08, 0x00, 0x00]),
    new Uint8Array([0x00]),
  ];
  return [...texts.map((text) => encoder.encode(text)), ...bytes].map((body) => ({
    row: "JLD-01 JLD-02 JLD-07 JLD-08 DOS-01",
    body,
  }));
}

/** Signatures that are not what they were, and headers that say something else. */
export function hostileHeaders(facts: Facts): readonly HostileHeaders[] {
  const keyIds = [
    "javascript:alert(1)",
    "file:///etc/passwd",
    "data:,x",
    "http://127.0.0.1/key",
    "https://127.0.0.1/key",
    "https://[::1]/key",
    "https://0x7f.1/key",
    "https://localhost/key",
    "https://169.254.169.254/latest/meta-data",
    "https://10.0.0.1/key",
    "https://e.test:22/key",
    "https://e.test:6379/key",
    "https://u:p@e.test/key",
    "https://e.test/nothing",
    "https://here.test/actor#main-key",
    "not an address",
    "",
    `https://e.test/${"k".repeat(8_192)}`,
    `${facts.vic}#main-key`,
    `${facts.alice}#main-key`,
    "https://nowhere.example/key",
    "https://2130706433/key",
    "gopher://e.test/key",
  ];
  const altered: readonly (readonly [RegExp, string])[] = [
    [/headers="[^"]*"/, 'headers="date"'],
    [/headers="[^"]*"/, 'headers=""'],
    [/headers="[^"]*"/, 'headers="host date digest"'],
    [/headers="[^"]*"/, 'headers="(request-target) date digest"'],
    [/headers="[^"]*"/, 'headers="(request-target) host digest"'],
    [/headers="[^"]*"/, 'headers="(request-target) host date"'],
    [/headers="[^"]*"/, 'headers="(request-target) host date digest x-none"'],
    [/headers="[^"]*",?/, ""],
    [/keyId="[^"]*"/, `keyId="${facts.eve}#main-key",keyId="${facts.vic}#main-key"`],
    [/signature="[^"]*"/, 'signature=""'],
    [/signature="[^"]*"/, 'signature="AAAA"'],
    [/signature="[^"]*"/, 'signature="not base64 at all!"'],
    [/^/, "algorithm=none,"],
    [/^/, 'created="1",'],
    [/^/, "created=1,(created)=1,"],
    [/^.*$/, "x"],
    [/^.*$/, "=,=,="],
    [/^.*$/, '"'.repeat(5_000)],
  ];
  const others: readonly Readonly<Record<string, string | null>>[] = [
    { signature: null },
    { digest: null },
    { digest: "SHA-256=AAAA" },
    { digest: "MD5=AAAA" },
    { date: null },
    { date: "Mon, 01 Jun 2026 09:59:00 GMT" },
    { date: "Mon, 01 Jun 2026 23:00:00 GMT" },
    { date: "yesterday" },
    { date: "1" },
    { host: "v.test" },
    { host: "here.test:8443" },
    { host: "here.test.e.test" },
    { "content-type": "text/html" },
    { "content-type": "application/json; charset=utf-16" },
    { "content-type": "image/png" },
    { "content-encoding": "gzip" },
    { "content-encoding": "br, gzip" },
    { "content-encoding": "identity, x" },
    { "signature-input": 'sig1=("@method");keyid="x"' },
    { "signature-input": 'a=();keyid="x", b=();keyid="y"' },
    { "signature-input": "\u007f" },
  ];
  return [
    ...keyIds.map((keyId) => ({
      row: "SIG-02 SIG-13 SSR-01",
      headers: {},
      signature: [/keyId="[^"]*"/, `keyId="${keyId}"`] as const,
    })),
    ...altered.map((signature) => ({ row: "SIG-07 SIG-11", headers: {}, signature })),
    ...others.map((headers) => ({ row: "SIG-01 SIG-10 SIG-14 DOS-02", headers })),
  ];
}
