import { describe, expect, it } from "vitest";
import {
  accentTones,
  contrast,
  leastContrast,
  readable,
  SURFACES,
  TEXT_CONTRAST,
  toHex,
} from "../../server/domain/colour.ts";
import { readFileSync } from "node:fs";

const CHOICES = ["#ffcc00", "#ff5a5f", "#3366ff", "#888888", "#00ff00", "#ff00ff", "#000000", "#ffffff"];

describe("Colours", () => {
  it("have the contrast that WCAG gives them", () => {
    expect(contrast("#000000", "#ffffff")).toBeCloseTo(21, 5);
    expect(contrast("#777777", "#ffffff")).toBeCloseTo(4.48, 2);
  });

  it.each(CHOICES)(
    "near %s that can be read keep away from every surface, and so does the ink on them",
    (choice) => {
      for (const theme of ["light", "dark"] as const) {
        const accent = readable(choice, theme);
        expect(leastContrast(accent, theme)).toBeGreaterThanOrEqual(TEXT_CONTRAST);
        const { ink, soft } = accentTones(accent, theme);
        expect(contrast(ink, accent)).toBeGreaterThanOrEqual(TEXT_CONTRAST);
        expect(contrast(accent, soft)).toBeGreaterThanOrEqual(TEXT_CONTRAST);
      }
    },
  );

  it("that can be read already stay as they are", () => {
    expect(readable("#0b6b6a", "light")).toBe("#0b6b6a");
    expect(readable("#5fc9c4", "dark")).toBe("#5fc9c4");
  });

  it("are written in two ways", () => {
    expect(toHex("#ABC")).toBe("#aabbcc");
    expect(toHex(" 0b6b6a ")).toBe("#0b6b6a");
    expect(toHex("teal")).toBeNull();
    expect(toHex("#12345")).toBeNull();
  });

  it("are measured against the surfaces of the style sheet", () => {
    const css = readFileSync(new URL("../../web/styles/base.css", import.meta.url), "utf8");
    for (const [index, name] of ["page", "card", "sunk"].entries())
      expect(css).toContain(`--${name}: light-dark(${SURFACES.light[index]}, ${SURFACES.dark[index]});`);
  });
});
