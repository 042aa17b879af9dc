import { describe, expect, it } from "vitest";
import { OPTIONS, parseConfig } from "../../server/config.ts";

const parse = (env: Readonly<Record<string, string>>) => {
  const parsed = parseConfig(env);
  if (!parsed.ok) throw new Error(parsed.faults.join(" "));
  return parsed.config;
};
const faults = (env: Readonly<Record<string, string>>) => {
  const parsed = parseConfig(env);
  return parsed.ok ? [] : parsed.faults;
};

describe("the configuration", () => {
  it("runs on localhost with SQLite when nothing is set", () => {
    expect(parse({})).toMatchObject({
      port: 3000,
      host: "127.0.0.1",
      origin: "http://localhost:3000",
      handleHost: "localhost:3000",
      databaseUrl: null,
      role: "all",
      allowPrivateAddresses: false,
    });
  });

  it("takes the origin's port from PORT and the handle host from the origin", () => {
    expect(parse({ PORT: "8080" }).origin).toBe("http://localhost:8080");
    expect(parse({ CAUSEWAY_ORIGIN: "https://Social.Example/" })).toMatchObject({
      origin: "https://social.example",
      handleHost: "social.example",
    });
    expect(
      parse({ CAUSEWAY_ORIGIN: "https://social.example", CAUSEWAY_HANDLE_HOST: "Example" }).handleHost,
    ).toBe("example");
  });

  it("reports all faults together, and never repeats a secret", () => {
    const found = faults({
      PORT: "x",
      CAUSEWAY_ORIGIN: "social.example",
      DATABASE_URL: "mysql://u:hunter2@db",
      CAUSEWAY_ROLE: "boss",
    });
    expect(found).toHaveLength(4);
    expect(found.join(" ")).not.toContain("hunter2");
  });

  it("wants https from anything that is not this machine, except in tests", () => {
    expect(faults({ CAUSEWAY_ORIGIN: "http://social.example" })).toHaveLength(1);
    expect(faults({ CAUSEWAY_ORIGIN: "http://127.0.0.1:4000" })).toEqual([]);
    expect(
      faults({ CAUSEWAY_ORIGIN: "http://social.example", CAUSEWAY_ALLOW_PRIVATE_ADDRESSES: "yes" }),
    ).toEqual([]);
  });

  it("names a misspelled option instead of ignoring it", () => {
    expect(faults({ CAUSEWAY_ORIGN: "https://social.example" })[0]).toContain("CAUSEWAY_ORIGN");
  });

  it("keeps several processes to PostgreSQL", () => {
    expect(faults({ CAUSEWAY_ROLE: "worker" })).toHaveLength(1);
    expect(faults({ CAUSEWAY_ROLE: "worker", DATABASE_URL: "postgres://db/causeway" })).toEqual([]);
  });

  it("describes every option in one sentence or more", () => {
    for (const option of OPTIONS) expect(option.help).toMatch(/\.$/);
  });
});
