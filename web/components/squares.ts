import { html, raw } from "hono/html";
import type { Html } from "../html.ts";

/** A drawing of dark and light squares for cameras, always dark on white, since many cannot read it the other way round. */
export function squaresDrawing(squares: readonly (readonly boolean[])[], label: string): Html {
  const path = squares
    .flatMap((row, y) => row.map((isDark, x) => (isDark ? `M${x} ${y}h1v1h-1z` : "")))
    .join("");
  const size = squares.length;
  return html`<svg class="squares" viewBox="0 0 ${size} ${size}" width="224" height="224" role="img" aria-label="${label}" shape-rendering="crispEdges"><rect width="${size}" height="${size}" fill="#fff"></rect><path fill="#000" d="${raw(path)}"></path></svg>`;
}
