// `npm test`: typecheck, format, lint and every suite, then one honest line counted from the runner's own report.
// Typecheck, format and lint count as one check each. `npm run test:faults` (`--faults`) runs the long ones of test/faults instead.

import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

type Count = { readonly passed: number; readonly failed: number; readonly skipped: number };
type Report = {
  readonly testResults: readonly {
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string }[];
  }[];
};

const root = join(import.meta.dirname, "..");
const isLong = process.argv.includes("--faults");
const only = process.argv.slice(2).filter((argument) => argument !== "--faults");

process.exitCode = await run();

async function run(): Promise<number> {
  const checks =
    only.length > 0 || isLong
      ? []
      : [
          await check("typecheck", ["node_modules/typescript/bin/tsc", "-p", "."]),
          await check("format", [
            "node_modules/prettier/bin/prettier.cjs",
            "--check",
            "--log-level",
            "warn",
            ".",
          ]),
          await check("lint", ["node_modules/oxlint/bin/oxlint", "--deny-warnings"]),
        ];
  const tests = await runSuites();
  const passed = tests.passed + checks.filter((ok) => ok).length;
  const failed = tests.failed + checks.filter((ok) => !ok).length;
  const extra = checks.length === 0 ? "" : " (typecheck, format and lint count as one check each)";
  console.log(
    `\n${tests.passed + tests.failed} tests and ${checks.length} checks were run${extra}; ${tests.skipped} skipped.`,
  );
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

async function check(name: string, args: readonly string[]): Promise<boolean> {
  const code = await node(args);
  console.log(code === 0 ? `${name}: ok` : `${name}: failed`);
  return code === 0;
}

async function runSuites(): Promise<Count> {
  const folder = mkdtempSync(join(tmpdir(), "causeway-report-"));
  const file = join(folder, "report.json");
  try {
    const code = await node([
      "node_modules/vitest/vitest.mjs",
      "run",
      "--reporter=default",
      "--reporter=json",
      `--outputFile.json=${file}`,
      ...(isLong ? ["--config", "vitest.faults.config.ts"] : []),
      ...only,
    ]);
    const count = countReport(file);
    // A run that failed outside any test (a crash, an unhandled error, no report) is a failure too.
    return code !== 0 && count.failed === 0 ? { ...count, failed: 1 } : count;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function countReport(file: string): Count {
  let report: Report;
  try {
    report = JSON.parse(readFileSync(file, "utf8")) as Report;
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
  const statuses = report.testResults.flatMap((suite) => suite.assertionResults.map((test) => test.status));
  const failedTests = statuses.filter((status) => status === "failed").length;
  const brokenFiles = report.testResults.filter(
    (suite) => suite.status === "failed" && !suite.assertionResults.some((test) => test.status === "failed"),
  ).length;
  const passed = statuses.filter((status) => status === "passed").length;
  return { passed, failed: failedTests + brokenFiles, skipped: statuses.length - passed - failedTests };
}

function node(args: readonly string[]): Promise<number> {
  return new Promise((done) => {
    const child = spawn(process.execPath, args, { cwd: root, stdio: "inherit" });
    child.on("error", () => done(1));
    child.on("exit", (code) => done(code ?? 1));
  });
}
