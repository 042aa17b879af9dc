import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { isCommonPassword } from "../../server/domain/common-passwords.ts";
import { createPasswords, dummyHash, needsRehash, PASSWORD_COST } from "../../server/passwords.ts";
import { memoryVault, openVault } from "../../server/vault.ts";

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "causeway-vault-"));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

describe("the vault", () => {
  test("makes its key once, readable to its owner only, and opens with it again", async () => {
    const path = folder();
    const sealed = await (await openVault(path)).seal("secret", "test");
    expect(statSync(join(path, "secret.key")).mode & 0o777).toBe(0o600);
    expect(await (await openVault(path)).open(sealed, "test")).toBe("secret");
    expect((await openVault(path)).mac("a", "x")).toBe((await openVault(path)).mac("a", "x"));
  });

  test("of two processes that start at once has one key", async () => {
    const path = folder();
    const [one, two] = await Promise.all([openVault(path), openVault(path)]);
    expect(one.mac("a", "p")).toBe(two.mac("a", "p"));
  });

  test("refuses a key file that others may read, and one that is not a key", async () => {
    const path = folder();
    await openVault(path);
    chmodSync(join(path, "secret.key"), 0o644);
    await expect(openVault(path)).rejects.toThrow("chmod 600");
    chmodSync(join(path, "secret.key"), 0o600);
    writeFileSync(join(path, "secret.key"), "short\n");
    await expect(openVault(path)).rejects.toThrow("not a key");
  });

  test("opens nothing for another purpose, with another key, or after a change", async () => {
    const vault = memoryVault();
    const sealed = await vault.seal("text", "key:1:rsa");
    expect(sealed).not.toContain("text");
    await expect(vault.open(sealed, "key:2:rsa")).rejects.toThrow("another purpose");
    await expect(memoryVault().open(sealed, "key:1:rsa")).rejects.toThrow();
    const parts = sealed.split(".");
    const header = Buffer.from(JSON.stringify({ alg: "dir", enc: "A256GCM", purpose: "key:2:rsa" })).toString(
      "base64url",
    );
    await expect(vault.open([header, ...parts.slice(1)].join("."), "key:2:rsa")).rejects.toThrow();
  });

  test("gives each purpose its own keyed hash", async () => {
    const vault = memoryVault();
    expect(vault.mac("text", "proxy")).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(vault.mac("text", "proxy")).not.toBe(vault.mac("text", "session"));
    expect(vault.mac("text", "proxy")).not.toBe(memoryVault().mac("text", "proxy"));
  });

  test("keeps the key file as 43 characters of base64url", async () => {
    const path = folder();
    await openVault(path);
    expect(readFileSync(join(path, "secret.key"), "utf8")).toMatch(/^[A-Za-z0-9_-]{43}\n$/);
  });
});

describe("passwords", () => {
  const cheap = { memoryCost: 64, timeCost: 1, parallelism: 1 };

  test("are verified against their own argon2id hash only", async () => {
    const passwords = createPasswords({ cost: cheap });
    const hash = await passwords.hash("correct horse");
    expect(hash).toMatch(/^\$argon2id\$v=19\$m=64,t=1,p=1\$/);
    expect(await passwords.verify(hash, "correct horse")).toBe(true);
    expect(await passwords.verify(hash, "wrong horse")).toBe(false);
    expect(await passwords.hash("correct horse")).not.toBe(hash);
  });

  test("typed in composed or decomposed letters are the same", async () => {
    const passwords = createPasswords({ cost: cheap });
    expect(await passwords.verify(await passwords.hash("cafe\u0301 au lait"), "caf\u00e9 au lait")).toBe(
      true,
    );
  });

  test("match no damaged hash and no missing one", async () => {
    const passwords = createPasswords({ cost: cheap });
    expect(await passwords.verify("", "x")).toBe(false);
    expect(await passwords.verify("$argon2id$nonsense", "x")).toBe(false);
    expect(await passwords.verify(null, "x")).toBe(false);
  });

  test("of unknown people cost the same work: the dummy hash has today's parameters", () => {
    expect(needsRehash(dummyHash)).toBe(false);
    expect(PASSWORD_COST.memoryCost).toBeGreaterThanOrEqual(19_456);
  });

  test("hashed with other parameters are to be hashed again", async () => {
    expect(needsRehash(await createPasswords({ cost: cheap }).hash("x"))).toBe(true);
    expect(needsRehash(await createPasswords({ cost: cheap }).hash("x"), cheap)).toBe(false);
  });

  test("that wait beyond the queue are refused at once, the others are all answered", async () => {
    const passwords = createPasswords({ cost: cheap, concurrency: 1, maxWaiting: 2 });
    const results = await Promise.allSettled([1, 2, 3, 4].map((n) => passwords.hash(String(n))));
    expect(results.map((result) => result.status)).toEqual([
      "fulfilled",
      "fulfilled",
      "fulfilled",
      "rejected",
    ]);
    expect(results[3]).toMatchObject({ reason: { kind: "too_many" } });
    expect(await passwords.hash("after")).toMatch(/^\$argon2id/);
  });

  test("that everybody would guess are known as such", () => {
    for (const bad of [
      "password1234",
      "P@ssw0rd2024",
      "qwertyuiop12",
      "aaaaaaaaaaaa",
      "abcabcabcabc",
      "123456789012",
      "abcdefghijkl",
      "Football2031!",
      "iloveyou12345",
    ])
      expect([bad, isCommonPassword(bad)]).toEqual([bad, true]);
    for (const good of [
      "correct horse battery",
      "tortoise-umbrella-9",
      "Zx8#kLm2!qRt",
      "münchner freiheit 88",
      "我的密码很长很安全真的",
    ])
      expect([good, isCommonPassword(good)]).toEqual([good, false]);
  });
});
