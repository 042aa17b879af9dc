// The demo: two instances on loopback that follow each other. Part of the process entry: may import anything,
// imported by cli.ts and test/ only. Everything in it is drawn and written for this project.

import sharp from "sharp";

/** Colours of a landscape from the sky down. */
export type Palette = {
  readonly sky: readonly [string, string, string];
  readonly sun: string;
  readonly hills: readonly string[];
  readonly water: string;
};

export const PALETTES = {
  dawn: {
    sky: ["#31356e", "#d9777f", "#ffd9a0"],
    sun: "#fff3d1",
    hills: ["#7d5a80", "#573f6b", "#33294f"],
    water: "#c98689",
  },
  noon: {
    sky: ["#2f80c2", "#8cc6e7", "#e9f6f3"],
    sun: "#fffbe0",
    hills: ["#8fb996", "#4f8a6d", "#2a5a4d"],
    water: "#7fbcd2",
  },
  dusk: {
    sky: ["#1b1f3b", "#53449a", "#f08a6b"],
    sun: "#ffd27a",
    hills: ["#4a3d7c", "#2f2a5a", "#191a38"],
    water: "#7b5a92",
  },
  mist: {
    sky: ["#a9b8bd", "#cfdad9", "#f1f1ea"],
    sun: "#ffffff",
    hills: ["#b4c3c3", "#8aa1a3", "#5c777b"],
    water: "#d3dedd",
  },
} as const satisfies Readonly<Record<string, Palette>>;

/** A landscape with layered hills, a causeway of stones over water and a sun, as PNG. `seed` moves the hills. */
export async function drawLandscape(
  palette: Palette,
  seed: number,
  size = { width: 1280, height: 800 },
): Promise<Uint8Array> {
  return await toPng(landscape(palette, seed, size.width, size.height));
}

/** A round landscape on a square, for profiles, as PNG. */
export async function drawPortrait(palette: Palette, seed: number): Promise<Uint8Array> {
  return await toPng(landscape(palette, seed, 400, 400));
}

async function toPng(svg: string): Promise<Uint8Array> {
  return new Uint8Array(await sharp(Buffer.from(svg)).png({ compressionLevel: 8 }).toBuffer());
}

function landscape(palette: Palette, seed: number, width: number, height: number): string {
  const horizon = height * 0.68;
  const hills = palette.hills.map((colour, index) => {
    const base = horizon - (palette.hills.length - index) * height * 0.07;
    return `<path fill="${colour}" d="${ridge(width, base, height * (0.11 - index * 0.02), horizon, seed + index * 7)}"/>`;
  });
  const [top, middle, low] = palette.sky;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">
    <defs><linearGradient id="sky" x1="0" y1="0" x2="0" y2="1">
      <stop offset="0" stop-color="${top}"/><stop offset=".6" stop-color="${middle}"/><stop offset="1" stop-color="${low}"/>
    </linearGradient><linearGradient id="water" x1="0" y1="0" x2="0" y2="1">
      <stop offset="0" stop-color="${low}"/><stop offset="1" stop-color="${palette.water}"/>
    </linearGradient></defs>
    <rect width="${width}" height="${horizon}" fill="url(#sky)"/>
    <circle cx="${width * (0.25 + (seed % 5) * 0.12)}" cy="${height * 0.34}" r="${height * 0.075}" fill="${palette.sun}"/>
    ${hills.join("")}
    <rect y="${horizon}" width="${width}" height="${height - horizon}" fill="url(#water)"/>
    ${stones(palette, width, height, horizon)}
  </svg>`;
}

/** A smooth line of hills from a few sines; the same seed draws the same hills. */
function ridge(width: number, base: number, swing: number, floor: number, seed: number): string {
  const points = Array.from({ length: 49 }, (_, index) => {
    const x = (index / 48) * width;
    const t = index / 8 + seed;
    const y = base + swing * (Math.sin(t) * 0.6 + Math.sin(t * 2.3 + seed) * 0.3 + Math.sin(t * 5.1) * 0.1);
    return `${x.toFixed(1)},${y.toFixed(1)}`;
  });
  return `M0,${floor} L${points.join(" L")} L${width},${floor} Z`;
}

/** The causeway: stones that grow towards the viewer. */
function stones(palette: Palette, width: number, height: number, horizon: number): string {
  const dark = palette.hills.at(-1) ?? palette.water;
  return Array.from({ length: 11 }, (_, index) => {
    const near = (index / 10) ** 1.7;
    const y = horizon + 6 + near * (height - horizon) * 0.92;
    const x = width * (0.62 - near * 0.22) + Math.sin(index * 1.3) * width * 0.012;
    const rx = width * (0.012 + near * 0.07);
    return `<ellipse cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" rx="${rx.toFixed(1)}" ry="${(rx * 0.28).toFixed(1)}" fill="${dark}" opacity="${(0.55 + near * 0.4).toFixed(2)}"/>`;
  }).join("");
}
