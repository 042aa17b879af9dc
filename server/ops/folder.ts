import { chmod, mkdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Config } from "../config.ts";
import { codeOf, OperatorFault, reasonOf } from "./fault.ts";

/** Where things are inside the data folder. */
export function pathsOf(config: Config) {
  const inData = (name: string) => join(config.dataDir, name);
  return {
    database: inData("causeway.db"),
    media: inData("media"),
    secret: inData("secret.key"),
    backups: inData("backups"),
    deletions: inData("deletions"),
    setupUrl: inData("setup-url.txt"),
  };
}

/** Makes the data folder and closes it to other users of the machine. @throws OperatorFault with a sentence. */
export async function prepareFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const { mode } = await stat(folder);
    if ((mode & 0o077) !== 0) await chmod(folder, 0o700);
  } catch (error) {
    // A folder of another owner that we may write to (a mounted volume) is theirs to close; doctor says so.
    if (codeOf(error) === "EPERM") return;
    throw new OperatorFault(`The data folder ${folder} cannot be used: ${reasonOf(error)}.`, 1, {
      cause: error,
    });
  }
}
