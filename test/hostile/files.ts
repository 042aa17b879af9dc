// Files that people bring: pictures, films, lists and lifeboats that are something else, lie, or never end.

import { deflateSync, gzipSync } from "node:zlib";

export type HostileFile = {
  readonly row: string;
  readonly name: string;
  readonly type: string;
  readonly bytes: Uint8Array;
};

const encoder = new TextEncoder();
const text = (value: string): Uint8Array => encoder.encode(value);
const joined = (...parts: readonly (Uint8Array | string)[]): Uint8Array =>
  Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part, "latin1") : part)));

function u32(value: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
}

/** A PNG that says what size it is and has as many bytes as given. */
function png(width: number, height: number, data: Uint8Array): Uint8Array {
  const head = joined(u32(width), u32(height), "\x08\x02\x00\x00\x00");
  const chunk = (type: string, body: Uint8Array) => joined(u32(body.length), type, body, u32(0));
  return joined("\x89PNG\r\n\x1a\n", chunk("IHDR", head), chunk("IDAT", data), chunk("IEND", joined()));
}

/** Uploads that nobody may be served as what they are. */
export function hostileMedia(): readonly HostileFile[] {
  const svg = '<svg xmlns="http://www.w3.org/2000/svg"';
  const bombs = deflateSync(Buffer.alloc(200_000));
  const files: readonly (readonly [string, string, Uint8Array])[] = [
    ["x.html", "text/html", text("<script>alert(1)</script>")],
    ["x.png", "image/png", text("<script>alert(1)</script>")],
    ["x.svg", "image/svg+xml", text(`${svg} onload="alert(1)"/>`)],
    ["x.png", "image/png", text(`${svg}><image href="https://127.0.0.1/x"/></svg>`)],
    ["x.svgz", "image/svg+xml", gzipSync(`${svg}/>`)],
    ["x.xml", "application/xml", text('<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>')],
    ["x.pdf", "application/pdf", text("%PDF-1.7\n1 0 obj<</Type/Catalog>>")],
    ["x.js", "text/javascript", text("alert(1)")],
    [
      "x.json",
      "application/activity+json",
      text('{"@context":"https://www.w3.org/ns/activitystreams","type":"Note"}'),
    ],
    ["x.png", "application/activity+json", text('{"type":"Person"}')],
    ["x.gif", "image/gif", text("GIF89a/*")],
    ["x.gif", "image/gif", joined("GIF89a", Buffer.alloc(7), "\x2c", Buffer.alloc(4))],
    ["x.jpg", "image/jpeg", joined("\xff\xd8\xff\xe0", Buffer.alloc(30))],
    ["x.jpg", "image/jpeg", text("\u0000")],
    ["x.jpg", "image/jpeg", joined()],
    ["x.png", "image/png", png(100_000, 100_000, bombs)],
    ["y.png", "image/png", png(0, 0, bombs)],
    ["z.png", "image/png", png(65_535, 1, joined())],
    ["w.png", "image/png", png(0xffffffff, 0xffffffff, bombs)],
    ["x.webp", "image/webp", joined("RIFF", u32(4), "WEBPVP8 ")],
    ["x.avif", "image/avif", joined(u32(24), "ftypavif", Buffer.alloc(12))],
    ["x.heic", "image/heic", joined(u32(24), "ftypheic", Buffer.alloc(12))],
    ["x.tiff", "image/tiff", joined("II*\x00", Buffer.alloc(8))],
    ["x.bmp", "image/bmp", joined("BM", Buffer.alloc(60))],
    ["x.ico", "image/x-icon", joined("\x00\x00\x01\x00\x01\x00", Buffer.alloc(16))],
    ["x.psd", "image/vnd.adobe.photoshop", joined("8BPS", Buffer.alloc(30))],
    ["x.mvg", "image/png", text("push graphic-context\nfill 'url(https://127.0.0.1/x)'")],
    ["x.eps", "image/png", text("%!PS-Adobe-3.0 EPSF-3.0\n(x) run")],
    ["x.m3u8", "application/vnd.apple.mpegurl", text("#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1/x.ts")],
    ["x.mp4", "video/mp4", text("#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd")],
    ["y.mp4", "video/mp4", text("ffconcat version 1.0\nfile /etc/passwd")],
    ["x.zip", "application/zip", joined("PK\x03\x04", Buffer.alloc(26))],
    ["x.tar", "application/x-tar", Buffer.alloc(1_024)],
    ["x.exe", "image/png", joined("MZ", Buffer.alloc(60))],
    ["x.elf", "image/png", joined("\x7fELF", Buffer.alloc(60))],
    ["x.wasm", "image/png", joined("\x00asm\x01\x00\x00\x00")],
    ["../../x.png", "image/png", text("not a picture")],
    ["x\u0000.png", "image/png", text("still not one")],
    ["\u202Egnp.exe", "image/png", text("nor this")],
    [`${"n".repeat(5_000)}.png`, "image/png", text("nor that")],
    ["x.png", `${"t".repeat(5_000)}/x`, text("nothing")],
  ];
  return files.map(([name, type, bytes]) => ({ row: "MED-01 MED-02 MED-04 SSR-11", name, type, bytes }));
}

/** Lists as files: what a careless or hostile one names. Each row of it is refused, or the whole. */
export function hostileLists(): readonly (HostileFile & { readonly kind: string })[] {
  const csv = (kind: string, content: string | Uint8Array, name = `${kind}.csv`) => ({
    row: "IMP-01 IMP-02 IMP-07",
    kind,
    name,
    type: "text/csv",
    bytes: typeof content === "string" ? text(content) : content,
  });
  return [
    csv("domain_blocks", "*\n"),
    csv("domain_blocks", "here.test\n"),
    csv("domain_blocks", "com\n"),
    csv("domain_blocks", "co.uk\n"),
    csv("domain_blocks", "localhost\n127.0.0.1\n[::1]\n"),
    csv("domain_blocks", "..\n/\n\\\n"),
    csv("domain_blocks", "https://e.test@here.test/\n"),
    csv("domain_blocks", "\u0435.test\u0000\n"),
    csv("domain_blocks", `${"x".repeat(300)}.test\n`),
    csv("domain_blocks", Array.from({ length: 30_000 }, (_, at) => `s${at}.test`).join("\n")),
    csv("following", "@\n@@\n@x@\n"),
    csv("following", "owner_here@127.0.0.1\n"),
    csv("following", "x@localhost\nx@[::1]\nx@169.254.169.254\n"),
    csv("following", "javascript:alert(1)\n"),
    csv("following", '=HYPERLINK("https://e.test")\n'),
    csv("following", `"${"a".repeat(2_000_000)}\n`),
    csv("following", `"unclosed\n`),
    csv("following", "\u0000\n"),
    csv("following", new Uint8Array([0xff, 0xfe, 0x61, 0x00])),
    csv("following", new Uint8Array([0xed, 0xa0, 0x80, 0x0a])),
    csv("following", gzipSync(Buffer.alloc(1_000_000, "x@e.test\n"))),
    csv("following", ""),
    csv("following", "\n\n\n"),
    csv("following", "Account address\n"),
    csv("blocks", "bob@here.test\n"),
    csv("blocks", "nobody-at-all@here.test\n"),
    csv("mutes", "../x@here.test\n"),
    csv("mutes", "<script>@here.test\n"),
    csv("lists", ",\n,,\n"),
    csv("lists", `${"l".repeat(10_000)},carol@here.test\n`),
    csv("lists", "\u202E,carol\n"),
    csv("bookmarks", "file:///etc/passwd\n"),
    csv("bookmarks", "https://127.0.0.1/notes/1\n"),
    csv("bookmarks", "https://here.test/notes/999999\n"),
    csv("bookmarks", "javascript:alert(1)\nnot a link\n"),
    csv("filters", "{"),
    csv("filters", '{"custom_filters":[{"title":1}]}', "filters.json"),
    csv("filters", `{"custom_filters":${"[".repeat(3_000)}${"]".repeat(3_000)}}`, "filters.json"),
    csv("filters", '{"__proto__":{"polluted":1},"custom_filters":[]}', "filters.json"),
    csv("unknown", "x\n"),
    csv("auto", "PK\u0003\u0004\n", "archive.zip"),
    csv("auto", "%PDF-1.7", "x.pdf"),
    csv("auto", "<html><script>alert(1)</script></html>", "x.html"),
  ];
}

/** A tar header as a lifeboat has it, with what is given. */
function tar(
  name: string,
  type: string,
  body: Uint8Array,
  more: { size?: string; link?: string } = {},
): Uint8Array {
  const header = Buffer.alloc(512);
  header.write(name.slice(0, 100), 0, "utf8");
  header.write("0000600\0", 100);
  header.write("0000000\0", 108);
  header.write("0000000\0", 116);
  header.write(more.size ?? `${body.length.toString(8).padStart(11, "0")}\0`, 124);
  header.write("00000000000\0", 136);
  header.write("        ", 148);
  header.write(type, 156);
  header.write(more.link ?? "", 157);
  header.write("ustar\u000000", 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return joined(header, body, Buffer.alloc((512 - (body.length % 512)) % 512));
}

/** Lifeboats that are none. */
export function hostileLifeboats(): readonly HostileFile[] {
  const end = Buffer.alloc(1_024);
  const manifest = text('{"type":"Lifeboat"}');
  const boats: readonly Uint8Array[] = [
    joined(),
    text("not a tar"),
    Buffer.alloc(10_240),
    gzipSync(Buffer.alloc(100_000)),
    joined("PK\x03\x04", Buffer.alloc(600)),
    joined("BZh9", Buffer.alloc(600)),
    joined(tar("manifest.json", "0", manifest), end),
    joined(tar("../../etc/passwd", "0", text("x")), end),
    joined(tar("/etc/passwd", "0", text("x")), end),
    joined(tar("C:\\x", "0", text("x")), end),
    joined(tar("x", "2", joined(), { link: "/etc/passwd" }), end),
    joined(tar("x", "1", joined(), { link: "manifest.json" }), end),
    joined(tar("x", "3", joined()), end),
    joined(tar("x", "5", joined()), end),
    joined(tar("x", "6", joined()), end),
    joined(tar("manifest.json", "0", manifest), tar("manifest.json", "0", manifest), end),
    joined(tar("Manifest.json", "0", manifest), tar("manifest.json", "0", manifest), end),
    joined(tar("manifest.json", "0", manifest, { size: "77777777777\0" }), end),
    joined(tar("manifest.json", "0", manifest, { size: "-1\0" }), end),
    joined(tar("manifest.json", "0", text("{")), end),
    joined(tar("manifest.json", "0", text("[]")), end),
    joined(tar("manifest.json", "0", text('{"type":"Lifeboat","v":99}')), end),
    joined(tar("manifest.json", "0", text(`{"a":${"[".repeat(9_000)}`)), end),
    joined(tar("manifest.json", "x", text("30 path=../../x\n")), end),
    joined(tar("manifest.json", "L", text("x".repeat(400))), end),
    joined(tar("outbox.json", "0", text('{"orderedItems":[{"type":"Create"}]}')), end),
    joined(tar("actor.json", "0", text('{"id":"https://v.test/users/vic"}')), end),
    joined(tar("\u0000", "0", text("x")), end),
    joined(tar("manifest.json", "0", manifest).subarray(0, 300)),
    joined(tar("manifest.json", "S", manifest), end),
  ];
  return boats.map((bytes, index) => ({
    row: "IMP-01 IMP-02 IMP-04",
    name: `boat${index}.tar`,
    type: "application/x-tar",
    bytes,
  }));
}
