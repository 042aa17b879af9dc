import { mkdtemp, rm, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import type { App } from "../../context.ts";
import { asId } from "../../domain/ids.ts";
import { CausewayError } from "../../errors.ts";
import { toJson } from "../../store/codec.ts";
import { insertLifeboat, lastLifeboatNumber } from "../../store/lifeboats.ts";
import type { LifeboatDocuments } from "./documents.ts";
import { requireSense } from "./lifeboats.ts";
import { type MadeLifeboat, writeLifeboat } from "./make.ts";
import type { LifeboatOwner, RequestLifeboat } from "./order.ts";
import { NO_PROGRESS } from "./progress.ts";
import { prepareSecrets } from "./secrets.ts";

/**
 * Makes a lifeboat at once, into a file of the operator's choice; it counts among the member's, but none of it stays here.
 * @throws invalid; conflict when the file is there already; faults of the disk
 */
export async function takeLifeboat(
  app: App,
  documents: LifeboatDocuments,
  owner: LifeboatOwner,
  command: RequestLifeboat & { readonly to: string },
): Promise<MadeLifeboat & { readonly seq: number; readonly path: string }> {
  requireSense(command);
  const to = resolve(command.to);
  if ((await stat(to).catch(() => null)) !== null) throw new CausewayError("conflict", "error.conflict");
  const seq = (await lastLifeboatNumber(app.db, owner.accountId)) + 1;
  const secrets = await prepareSecrets(app, owner, { ...command, seq });
  const { closing, followersOnly, followers, keys } = command;
  const options = { closing, followersOnly, followers, keys };
  // Beside the file, so that its last step is a rename inside one file system.
  const working = await mkdtemp(join(dirname(to), `.${basename(to)}-`));
  try {
    const signal = new AbortController().signal;
    const order = { owner, seq, options, secrets, signal, to, working, progress: NO_PROGRESS };
    const made = await writeLifeboat(app, documents, order);
    await insertLifeboat(app.db, {
      id: asId(app.ids.next()),
      account_id: owner.accountId,
      seq,
      // What is left of it here: its number and its hash.
      state: "removed",
      options: toJson(options),
      file: null,
      size: made.size,
      manifest_hash: made.manifestHash,
      previous: made.previous,
      done: 0,
      total: 0,
      fault: null,
      created_at: app.clock.now(),
      finished_at: app.clock.now(),
    });
    return { ...made, seq, path: to };
  } finally {
    await rm(working, { recursive: true, force: true });
  }
}
