// `npm run docs`: writes docs/configuration.md from the table in server/config.ts, docs/theming.md from those in
// web/theming.ts, and docs/client-api.md from the table of routes. Tests fail when they are not current.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Option, OPTIONS } from "../server/config.ts";
import { clientApiPage } from "./client-api.ts";
import { themingPage } from "./theming.ts";

/** The whole page, as it must be in docs/configuration.md. */
export function configurationPage(): string {
  return `# Configuration

Everything is set by environment variables; there is no configuration file. All faults are reported together when the
server starts, and \`causeway config\` prints what is in effect. This page is generated from the table in
\`server/config.ts\` by \`npm run docs\`.

Name, description, languages, rules and who may join are not here: the owner sets them in the browser.

${OPTIONS.map(section).join("\n")}
## In a file

systemd reads them from \`/etc/causeway/env\` (\`deploy/causeway.service\`), Compose from \`compose.yaml\`:

\`\`\`
CAUSEWAY_ORIGIN=https://social.example
CAUSEWAY_DATA=/var/lib/causeway
\`\`\`
`;
}

function section(option: Option): string {
  const facts = [
    `Default: ${option.default === null ? "not set" : `\`${option.default}\``}`,
    ...(option.choices === undefined
      ? []
      : [`one of ${option.choices.map((choice) => `\`${choice}\``).join(", ")}`]),
    ...(option.secret === true ? ["secret: never printed"] : []),
  ];
  return `## ${option.name}\n\n${option.help}\n\n${facts.join("; ")}.\n`;
}

// Not `import.meta.main`: the launcher imports this file.
if (process.argv[1] === import.meta.filename) {
  writeFileSync(join(import.meta.dirname, "configuration.md"), configurationPage());
  writeFileSync(join(import.meta.dirname, "theming.md"), themingPage());
  writeFileSync(join(import.meta.dirname, "client-api.md"), clientApiPage());
}
