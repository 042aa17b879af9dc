import { html } from "hono/html";
import { flag } from "../html.ts";
import type { Html } from "../html.ts";
import type { Visit } from "../visit.ts";
import { icon, type IconName } from "./icon.ts";

/** One quiet button of the row under the text; what it opens comes below the row. */
export function tool(
  visit: Visit,
  about: {
    readonly icon: IconName;
    readonly label: string;
    readonly isOpened: boolean;
    readonly className?: string;
  },
  body: Html,
): Html {
  return html`<details class="tool ${about.className ?? ""}"${flag("open", about.isOpened)}><summary>${icon(visit, about.icon)}<span>${about.label}</span></summary><div class="tool-body">${body}</div></details>`;
}
