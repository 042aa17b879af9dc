import { defineConfig } from "vitest/config";

// Forks: better-sqlite3, argon2 and sharp are native, and a crash of one file must not take the others.
export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/support/postgres.ts", "test/support/rsa-keys.ts"],
    pool: "forks",
    // Files share their process, so that our modules are loaded and warmed up once. Nothing of ours keeps state in modules,
    // and what a test opens is closed with it (`onTestFinished` in support/), whichever file it is in.
    isolate: false,
    // One a core: much of the time is spent waiting for browsers, servers and databases.
    maxWorkers: "100%",
    testTimeout: 60_000,
    hookTimeout: 60_000,
    teardownTimeout: 10_000,
    passWithNoTests: false,
  },
});
