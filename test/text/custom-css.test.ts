import { describe, expect, it } from "vitest";
import { CUSTOM_CSS_MAX, findCssFault } from "../../server/text/custom-css.ts";

const FETCHES = [
  "body { background: url(https://spy.example/x) }",
  "body { background: url( 'https://spy.example/x' ) }",
  "body { background: URL(//spy.example/x) }",
  "body { background: \\75rl(https://spy.example/x) }",
  "body { background: u\\72 l(https://spy.example/x) }",
  "body { background: url('ht\\\ntps://spy.example') }",
  'body { background: image-set("https://spy.example/x" 1x) }',
  'body { background: image-set("data:image/png,x" 1x, "https://spy.example/x" 2x) }',
  "body { background: -webkit-image-set(url(https://spy.example) 1x) }",
  'body { --x: src("https://spy.example/x") }',
  "@font-face { font-family: x; src: url(https://spy.example/x.woff2) }",
  "body { background: url(/\\spy.example) }",
  "body { background: url(/media/../../x) }",
  "body { background: url(data:text/html,x) }",
  "body { background: url(x y) }",
  // Form feeds and carriage returns end a line, and so a string or an escape (CSS Syntax 3, 3.3).
  "body { background: \\75\r\nrl(https://spy.example/x) }",
];

describe("An owner's styles", () => {
  it.each(FETCHES)("are refused when they fetch something: %s", (css) => {
    expect(findCssFault(css)?.reason).toBe("address");
  });

  it.each([
    "@import 'x.css';",
    "@IMPORT url(x.css);",
    "@\\69mport 'x';",
    "/**/ @import 'x';",
    "@namespace x;",
  ])("are refused when they bring in others: %s", (css) => {
    expect(findCssFault(css)?.reason).toBe("import");
  });

  it.each([
    ['.a { content: "\f; background: url(https://spy.example/x) } b { content: "" }', "unclosed"],
    ['.a { content: "\r} } @import url(//spy.example/x); b { c: { content: "" }', "unclosed"],
    [".a { color: red } }", "stray"],
    [".a { color: red } } body { display: none } .b {", "stray"],
    [".a { width: calc(1px + 2px }", "stray"],
    [".a { color: red", "unclosed"],
    [".a { content: 'x\n' }", "unclosed"],
    ["/* for ever", "unclosed"],
    ["a { color: red }\u0000", "control"],
  ])("cannot end the layer that they are in: %s → %s", (css, reason) => {
    expect(findCssFault(css)?.reason).toBe(reason);
  });

  it("may be almost everything else, and faults name their line", () => {
    const css = `
:root { --accent: #123456; }
@media (width >= 48rem) { .note { border-radius: 0 } }
[data-component="note"]::before { content: "} url(https://x) \\201C"; }
.brand { background: url("data:image/svg+xml,<svg/>") url(/media/ab.webp) url(#mark) }
@supports (display: grid) { .a { & .b { color: red } } }
`;
    expect(findCssFault(css)).toBeNull();
    expect(findCssFault(`${css}a { color: red } }`)).toEqual({ reason: "stray", at: 7 });
  });

  it("have a size", () => {
    expect(findCssFault(`/*${" ".repeat(CUSTOM_CSS_MAX)}*/`)?.reason).toBe("long");
  });
});
