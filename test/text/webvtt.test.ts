import { describe, expect, test } from "vitest";
import { CAPTION_LIMITS, readCaptions, writeCaptions } from "../../server/text/webvtt.ts";

function written(source: string): string {
  const read = readCaptions(source);
  return read.ok ? writeCaptions(read.cues) : read.fault;
}

describe("Captions", () => {
  test("in WebVTT keep times, words, emphasis and voices, and lose everything else", () => {
    expect(
      written(
        "\uFEFFWEBVTT - title\r\nX-TIMESTAMP-MAP=LOCAL:00:00\r\n\r\nSTYLE\r\n::cue { background: url(https://spy.test/) }\r\n\r\nNOTE for us\r\nonly\r\n\r\nintro\r\n00:01.000 --> 00:04.500 line:0 position:20%\r\n<v.loud Mary Ann>Hello <i>you</i></v>\r\n<c.red>red</c> <00:02.000>late\r\n\r\n01:00:00.000 --> 01:00:02.000\r\n你好，<b>世界",
      ),
    ).toBe(
      "WEBVTT\n\n00:00:01.000 --> 00:00:04.500\n<v Mary Ann>Hello <i>you</i></v>\nred late\n\n01:00:00.000 --> 01:00:02.000\n你好，<b>世界</b>\n",
    );
  });

  test("in SubRip become WebVTT", () => {
    expect(
      written(
        "1\n00:00:00,5 --> 00:00:02,250\n<font color=red>One</font> & <two>\n\n2\n00:00:03,000 --> 00:00:04,000\nThree",
      ),
    ).toBe("WEBVTT\n\n00:00:00.500 --> 00:00:02.250\nOne &amp;\n\n00:00:03.000 --> 00:00:04.000\nThree\n");
  });

  test("with markup in them stay text", () => {
    const text = written(
      "WEBVTT\n\n00:00.000 --> 00:01.000\n<script>alert(1)</script><img src=x onerror=y> a < b --> c <b><i></b>",
    );
    expect(text).not.toMatch(/<(?!\/?[ibuv][ >])/);
    expect(text.split("-->")).toHaveLength(2);
    expect(text).toContain("a &lt; b --&gt; c <b><i></i></b>");
  });

  test("that are written can be read again and stay as they are", () => {
    const once = written("WEBVTT\n\n00:00.000 --> 00:01.000\n<v Bo>a &amp; b &lt;i&gt;</v>\nc\n");
    expect(written(once)).toBe(once);
  });

  test("that are none are refused with the line", () => {
    expect(readCaptions("WEBVTT\n\nhello\nworld")).toEqual({ ok: false, fault: "form", line: 3 });
    expect(readCaptions("WEBVTT\n\n00:05.000 --> 00:04.000\nbackwards")).toMatchObject({
      fault: "form",
      line: 3,
    });
    expect(readCaptions("<!doctype html>")).toMatchObject({ fault: "form", line: 1 });
    expect(readCaptions("WEBVTT\n")).toEqual({ ok: false, fault: "empty" });
    expect(readCaptions("x".repeat(CAPTION_LIMITS.bytes + 1))).toEqual({ ok: false, fault: "large" });
  });

  test("of any shape are read in no time", () => {
    const start = performance.now();
    for (const piece of ["<", "<v ", "&", "-->", "00:00.000 --> ", "<b>", "\n"])
      readCaptions(`WEBVTT\n\n00:00.000 --> 00:01.000\n${piece.repeat(60_000)}`);
    expect(performance.now() - start).toBeLessThan(1_500);
  });
});
