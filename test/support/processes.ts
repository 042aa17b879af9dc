import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { ROOT } from "./sources.ts";

/** A `causeway` process of a test; it is killed when the test ends. */
export type Running = {
  readonly child: ChildProcess;
  /** Everything printed so far, both streams. */
  output(): string;
  /** Resolves once the output holds `text`; rejects when the process ends without it. */
  printed(text: string): Promise<void>;
  /** The exit code, or the signal's name. */
  ended(): Promise<number | string>;
};

/** Starts `causeway ARGS` with nothing in its environment but `env`. */
export function startCauseway(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  node = process.execPath,
): Running {
  const child = spawn(node, [join(ROOT, "bin", "causeway.mjs"), ...args], {
    cwd: "/",
    env: { PATH: "/usr/bin:/bin", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => (text += chunk.toString()));
  const exit = once(child, "close").then(([code, signal]: unknown[]) =>
    typeof code === "number" ? code : String(signal),
  );
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await exit;
  });
  return {
    child,
    output: () => text,
    printed: (wanted) =>
      new Promise((found, failed) => {
        const look = () => {
          if (text.includes(wanted)) found();
        };
        look();
        child.stdout.on("data", look);
        child.stderr.on("data", look);
        void exit.then((code) =>
          failed(new Error(`It ended with ${code} and without "${wanted}":\n${text}`)),
        );
      }),
    ended: () => exit,
  };
}
