// Tests in a real browser: Chromium from npm, whole instances on loopback ports, no other network. Imported by nothing
// outside this folder; may import anything.

import { spawnSync } from "node:child_process";
import {
  createReadStream,
  createWriteStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { createBrotliDecompress } from "node:zlib";
import { type Browser, chromium } from "playwright-core";
import { extract } from "tar";

/**
 * Starts Chromium. Nothing of it is fetched: `@sparticuz/chromium` carries the program, which is unpacked once a machine.
 * @throws when the system lacks a library that the program needs and the package does not bring.
 */
export async function startChromium(): Promise<Browser> {
  const folder = await unpackOnce();
  const program = join(folder, "chromium");
  return await chromium.launch({
    executablePath: program,
    // Containers forbid the namespaces that the sandbox wants; everything it opens here is our own.
    args: ["--no-sandbox", "--disable-gpu", "--font-render-hinting=none", "--lang=en"],
    env: { PATH: "/usr/bin:/bin", HOME: folder, ...homeOf(), ...environmentFor(folder, program) },
  });
}

/** The person's own fonts are found by way of their home. */
function homeOf(): Record<string, string> {
  const home = process.env["HOME"];
  return home === undefined ? {} : { HOME: home };
}

/** Libraries and a font from the package where the system has none (slim containers). */
function environmentFor(folder: string, program: string): Record<string, string> {
  const missing = spawnSync("ldd", [program], { encoding: "utf8" }).stdout ?? "";
  return {
    ...(missing.includes("not found") ? { LD_LIBRARY_PATH: join(folder, "lib") } : {}),
    ...(existsSync("/etc/fonts/fonts.conf") ? {} : { FONTCONFIG_PATH: join(folder, "fonts") }),
  };
}

/**
 * Unpacks into a folder of its own and moves it into place whole, so that test files that start at the same time never
 * see half a program (the package's own `executablePath` writes in place).
 */
async function unpackOnce(): Promise<string> {
  const bin = join(dirname(fileURLToPath(import.meta.resolve("@sparticuz/chromium"))), "..", "bin");
  const { version } = JSON.parse(readFileSync(join(bin, "..", "package.json"), "utf8")) as {
    version: string;
  };
  const place = join(tmpdir(), `causeway-chromium-${version}`);
  if (existsSync(place)) return place;
  const folder = mkdtempSync(`${place}-`);
  await pipeline(
    createReadStream(join(bin, "chromium.br")),
    createBrotliDecompress({ chunkSize: 2 ** 21 }),
    createWriteStream(join(folder, "chromium"), { mode: 0o700 }),
  );
  await untar(join(bin, "al2023.tar.br"), folder);
  mkdirSync(join(folder, "fonts"));
  await untar(join(bin, "fonts.tar.br"), join(folder, "fonts"));
  writeFileSync(
    join(folder, "fonts", "fonts.conf"),
    `<?xml version="1.0"?><fontconfig><dir>${place}/fonts</dir><cachedir>${place}/fonts-cache</cachedir></fontconfig>`,
  );
  try {
    renameSync(folder, place);
  } catch {
    // Somebody else was faster: theirs is as good.
    rmSync(folder, { recursive: true, force: true });
  }
  return place;
}

async function untar(file: string, folder: string): Promise<void> {
  await pipeline(createReadStream(file), createBrotliDecompress(), extract({ cwd: folder }));
}
