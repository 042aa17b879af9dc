import { createHmac, hkdfSync, randomBytes } from "node:crypto";
import { chmod, open, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { compactDecrypt, CompactEncrypt } from "jose";
import type { Vault } from "./context.ts";

const FILE = "secret.key";
const KEY_BYTES = 32;
/** Anything for other users of the machine, or writing for the group: mounted secrets are often readable to a group. */
const TOO_OPEN = 0o027;

/**
 * Opens the key-encryption key of a data folder, `secret.key`, and makes it (mode 0600) where there is none. Without this
 * file the sealed keys of a backup are of no use, so it is kept apart from the database.
 * @throws Error with a sentence for people when others may read the file or it is not a key.
 */
export async function openVault(dataDir: string): Promise<Vault> {
  const path = join(dataDir, FILE);
  const text = (await createOnce(path)) ?? (await readClosed(path));
  const master = Buffer.from(text.trim(), "base64url");
  if (master.length !== KEY_BYTES)
    throw new Error(
      `${path} is not a key of Causeway (43 characters of base64url). Restore the right one from your backup.`,
    );
  return vaultOf(master);
}

/** A vault with a new key that is kept nowhere: what it seals is lost with it. For tests and the demo. */
export function memoryVault(): Vault {
  return vaultOf(randomBytes(KEY_BYTES));
}

/** Writes a new key unless there is one; of two processes that start at once, one writes. Null when there is one. */
async function createOnce(path: string): Promise<string | null> {
  const text = `${randomBytes(KEY_BYTES).toString("base64url")}\n`;
  try {
    const file = await open(path, "wx", 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await chmod(path, 0o600);
    return text;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return null;
    throw error;
  }
}

async function readClosed(path: string): Promise<string> {
  const { mode } = await stat(path);
  if ((mode & TOO_OPEN) !== 0)
    throw new Error(
      `${path} can be read or changed by other users of this machine. Close it: chmod 600 ${path}`,
    );
  // Another process may have made the file a moment ago and be about to write the key into it.
  for (let look = 0; look < 20; look += 1) {
    const text = await readFile(path, "utf8");
    if (text !== "") return text;
    await setTimeout(50);
  }
  return "";
}

function vaultOf(master: Buffer): Vault {
  const derived = (use: string) => new Uint8Array(hkdfSync("sha256", master, "causeway", use, KEY_BYTES));
  const sealKey = derived("seal");
  const macKeys = new Map<string, Uint8Array>();
  const macKey = (purpose: string) => {
    const known = macKeys.get(purpose) ?? derived(`mac:${purpose}`);
    macKeys.set(purpose, known);
    return known;
  };
  return {
    // JWE (RFC 7516): the protected header is authenticated with the text, so the purpose cannot be exchanged.
    seal: async (plaintext, purpose) =>
      await new CompactEncrypt(new TextEncoder().encode(plaintext))
        .setProtectedHeader({ alg: "dir", enc: "A256GCM", purpose })
        .encrypt(sealKey),
    open: async (sealed, purpose) => {
      const { plaintext, protectedHeader } = await compactDecrypt(sealed, sealKey, {
        keyManagementAlgorithms: ["dir"],
        contentEncryptionAlgorithms: ["A256GCM"],
      });
      if (protectedHeader["purpose"] !== purpose) throw new Error("This was sealed for another purpose.");
      return new TextDecoder().decode(plaintext);
    },
    mac: (text, purpose) => createHmac("sha256", macKey(purpose)).update(text).digest("base64url"),
  };
}
