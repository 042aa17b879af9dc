import { defineConfig } from "vitest/config";

// The long ones (npm run test:faults): one file after the other, since each breaks the machine a little.
export default defineConfig({
  test: {
    include: ["test/faults/**/*.fault.ts"],
    globalSetup: ["test/support/postgres.ts", "test/support/rsa-keys.ts"],
    pool: "forks",
    fileParallelism: false,
    maxWorkers: 1,
    testTimeout: 300_000,
    hookTimeout: 60_000,
    passWithNoTests: false,
  },
});
