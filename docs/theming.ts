// Makes docs/theming.md from the tables in web/theming.ts; `npm run docs` writes it, a test fails when it is not current.

import { HOOKS, TOKENS } from "../web/theming.ts";

/** A style sheet as an owner could paste it; the tests pass it through the check. */
export const EXAMPLE = `:root { --column: 42rem; }
[data-component="header"] { border-block-end: 3px solid var(--accent); }
[data-component="note"] { border-width: 0; border-block-end-width: 1px; border-radius: 0; }
@media (width >= 48rem) {
  [data-component="brand"] { font-size: 1.25rem; }
}`;

/** The whole page, as it must be in docs/theming.md. */
export function themingPage(): string {
  return `# Making the pages your own

Settings → Look of the server (\`/admin/appearance\`, for admins) changes how the pages look to everybody: an accent for the
light and one for the dark pages, the corners, a logo, and own styles. Whatever is set there, the page itself is shown
without it, so that a mistake can always be mended.

An accent must be readable on every ground of the pages (4.5:1, WCAG 1.4.3). One that is not is refused, with the nearest
colour of the same hue that is. The stronger tone, the soft ground and the ink on it are made from it. Readers who chose
"High contrast" keep its colours.

## Own styles

CSS, up to 64 KB. It is served as the last style sheet, inside \`@layer custom\`, so each rule wins over ours whatever its
specificity. It may use everything that CSS can do but fetch from elsewhere: \`@import\` and addresses of other servers are
refused, since those would learn who reads here; pictures can be put into the sheet as \`data:image/…\`, and files of this
server (\`/media/…\`) can be named. The logical properties (\`margin-inline-start\`, not \`margin-left\`) keep Arabic right.

\`\`\`css
${EXAMPLE}
\`\`\`

## Names that stay

Elements carry \`data-component\`. These names are kept from version to version; classes are not. This table is made from
\`web/theming.ts\`.

${table("data-component", HOOKS)}

## Colours and measures

${table("Custom property", TOKENS)}

Colours are given for light and dark at once: \`--page: light-dark(#fffdf5, #101010)\`. Nobody checks colours that are set
this way; keep 4.5:1 for text and 3:1 for the borders of controls.
`;
}

function table(head: string, rows: Readonly<Record<string, string>>): string {
  const names = Object.keys(rows).map((name) => `\`${name}\``);
  const first = Math.max(head.length, ...names.map((name) => name.length));
  const second = Math.max(...Object.values(rows).map((text) => [...text].length));
  const line = (a: string, b: string) => `| ${a.padEnd(first)} | ${b.padEnd(second)} |`;
  return [
    line(head, "What it is"),
    `| ${"-".repeat(first)} | ${"-".repeat(second)} |`,
    ...Object.values(rows).map((text, index) => line(names[index] ?? "", text)),
  ].join("\n");
}
