import { defineConfig } from "vitest/config";

// Forks: better-sqlite3, argon2 and sharp are native, and a crash of one file must not take the others.
export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/support/postgres.ts"],
    pool: "forks",
    // One a core: much of the time is spent waiting for browsers, servers and databases.
    maxWorkers: "100%",
    testTimeout: 60_000,
    hookTimeout: 60_000,
    teardownTimeout: 10_000,
    passWithNoTests: false,
  },
});
