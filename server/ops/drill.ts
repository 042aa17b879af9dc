import { spawn } from "node:child_process";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { DRILL_STEPS, type DrillReport } from "../domain/chore.ts";
import { OperatorFault } from "./fault.ts";

const MOST_MS = 5 * 60_000;
const MOST_OUTPUT = 64 * 1024;

const reportSchema = z.object({
  isWell: z.boolean(),
  steps: z.array(
    z.object({
      step: z.enum(DRILL_STEPS),
      isWell: z.boolean(),
      ms: z.number(),
      text: z.string().max(2_000),
    }),
  ),
});

/**
 * Runs `causeway lifeboat drill` in a process of its own, which knows nothing of this server: no configuration, no data, no
 * secrets. It ends with `signal`, and after five minutes. @throws OperatorFault with a sentence
 */
export async function drillBeside(signal: AbortSignal): Promise<DrillReport> {
  if ("Deno" in globalThis)
    throw new OperatorFault("A drill needs Node: run `causeway lifeboat drill` with it.");
  const cli = fileURLToPath(new URL("../cli.ts", import.meta.url));
  const child = spawn(process.execPath, [...process.execArgv, cli, "lifeboat", "drill", "--json"], {
    env: { TMPDIR: tmpdir() },
    stdio: ["ignore", "pipe", "ignore"],
    signal: AbortSignal.any([signal, AbortSignal.timeout(MOST_MS)]),
    killSignal: "SIGKILL",
  });
  const output = await new Promise<string>((done, failed) => {
    let text = "";
    child.stdout.setEncoding("utf8").on("data", (piece: string) => {
      if (text.length < MOST_OUTPUT) text += piece;
    });
    child.once("error", failed);
    child.once("close", () => done(text));
  });
  const report = reportSchema.safeParse(jsonOf(output));
  if (!report.success) throw new OperatorFault("The drill ended without a report.");
  return report.data;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}
