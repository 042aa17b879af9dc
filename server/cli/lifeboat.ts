import { access } from "node:fs/promises";
import type { Command } from "commander";
import type { CheckedLifeboat } from "../lifeboat/check-archive.ts";
import { isLifeboatFault } from "../lifeboat/faults.ts";
import { keysOfPhrase } from "../lifeboat/phrase.ts";
import { sealOf, verifyLifeboat } from "../lifeboat/read-archive.ts";
import type { Sealed, Unlock } from "../lifeboat/seal.ts";
import { OperatorFault } from "../ops/fault.ts";
import { EXIT, faultOf, report, type Terminal, withApp } from "./context.ts";
import { readSecret } from "./secret.ts";

type Json = { readonly json?: boolean };
type Secrets = {
  readonly passphraseStdin?: boolean;
  readonly passphraseFile?: string;
  readonly phraseStdin?: boolean;
  readonly phraseFile?: string;
};
type Create = Json &
  Secrets & {
    readonly to: string;
    readonly open?: boolean;
    readonly followersOnly: boolean;
    readonly followers?: boolean;
    readonly keys?: boolean;
  };

/** `causeway lifeboat …` */
export function addLifeboatCommands(program: Command, terminal: Terminal): void {
  const lifeboat = program.command("lifeboat").description("a member's own things in one proved file");
  secretOptions(
    lifeboat
      .command("create <name>")
      .description(
        "write a member's lifeboat to a file; locked with their recovery phrase unless told otherwise",
      )
      .requiredOption("--to <file>", "where to; must not be there yet"),
  )
    .option("--open", "do not lock it")
    .option("--no-followers-only", "leave out notes that only followers see")
    .option("--followers", "take the list of followers along")
    .option("--keys", "take the secret keys of the account along; only in a locked one")
    .option("--json", "print JSON")
    .action((name: string, options: Create) => create(terminal, name, options));
  secretOptions(
    lifeboat
      .command("verify <file>")
      .description("check a lifeboat; needs no instance, no configuration and no network"),
  )
    .option("--json", "print JSON")
    .action((file: string, options: Json & Secrets) => verify(terminal, file, options));
  secretOptions(
    lifeboat
      .command("restore <file>")
      .description("take a lifeboat of another server into a member's account; nobody is told")
      .requiredOption("--into <name>", "the member"),
  )
    .option("--no-notes", "leave the notes")
    .option("--no-lists", "leave follows, mutes, blocks and other lists")
    .option("--profile", "put its profile in the place of the member's")
    .option("--json", "print JSON")
    .action((file: string, options: Restore) => restore(terminal, file, options));
  lifeboat
    .command("drill")
    .description("play the loss of a server and a launch between throw-away instances on this machine")
    .option("--json", "print JSON", false)
    .action((options: { readonly json: boolean }) => drill(terminal, options));
}

async function drill(terminal: Terminal, options: { readonly json: boolean }): Promise<void> {
  const { runDrill } = await import("../demo/show-lifeboat.ts");
  const report = await runDrill(terminal, options);
  if (!report.isWell) throw new OperatorFault("The drill did not go well.");
}

type Restore = Json &
  Secrets & {
    readonly into: string;
    readonly profile?: boolean;
    readonly notes: boolean;
    readonly lists: boolean;
  };

async function restore(terminal: Terminal, file: string, options: Restore): Promise<void> {
  await access(file).catch(() => {
    throw new OperatorFault(`${file} cannot be read.`, EXIT.notFound);
  });
  const { passphrase, phrase } = await secretsFor(terminal, await sealOf(file), options);
  const view = await withApp(terminal, async (app) => {
    const { findOwner } = await import("../services/lifeboats/owners.ts");
    const { findViewerOfAccount } = await import("../services/accounts/viewers.ts");
    const { restoreLifeboat } = await import("../services/arrivals/restore.ts");
    const { ALL_CHOICES } = await import("../services/arrivals/records.ts");
    const viewer = await findViewerOfAccount(app, (await findOwner(app, options.into)).accountId);
    if (viewer === null) throw new OperatorFault(`${options.into} is not a member here.`, EXIT.notFound);
    const { auditAlone } = await import("../services/moderation/audit.ts");
    await auditAlone(app, null, { what: "lifeboat.brought", subject: viewer.username });
    return await restoreLifeboat(app, viewer, {
      path: file,
      secrets: { passphrase, phrase },
      choices: {
        notes: options.notes,
        profile: options.profile === true,
        lists: options.lists ? ALL_CHOICES.lists : [],
      },
      onStep: ({ done, total }) => {
        if (terminal.isInteractive) terminal.warn(`${done} of ${total} notes`);
      },
    });
  });
  const { report: came, state, handle, actorUri, ground } = view;
  const left = Object.entries(came.left).map(([reason, count]) => `${count} ${reason}`);
  report(terminal, options, { state, handle, actor: actorUri, ground, ...came }, [
    `${handle ?? file}: ${came.taken} notes taken in, ${came.already} were here already, ${came.media.taken} files.`,
    `  proved by ${GROUNDS[ground ?? "own"]}`,
    ...(left.length === 0 ? [] : [`  left out  ${left.join(", ")}`]),
    ...(came.media.left === 0 ? [] : [`  left out  ${came.media.left} files`]),
  ]);
}

/** What proved that the lifeboat belongs to the account. */
const GROUNDS = {
  own: "being of this very account",
  phrase: "the recovery phrase",
  named: "the old account, which names this one",
  known: "this account, which names the old one, whose key was known here",
  agreement: "the agreement of the two servers",
} as const;

/** A lifeboat may be locked by one secret, and be proved by another: then one of them comes from a file. */
async function secretsFor(
  terminal: Terminal,
  sealed: Sealed | null,
  options: Secrets,
): Promise<{ readonly passphrase: string; readonly phrase: string }> {
  if (options.passphraseStdin === true && options.phraseStdin === true)
    throw new OperatorFault("Standard input holds one secret: give the other one as a file.", EXIT.usage);
  const hasPassphrase = options.passphraseStdin === true || options.passphraseFile !== undefined;
  const hasPhrase = options.phraseStdin === true || options.phraseFile !== undefined;
  const read = async (question: string, file: string | undefined, stdin: boolean | undefined) =>
    await readSecret(terminal, { file, stdin }, question);
  return {
    passphrase:
      hasPassphrase || (sealed === "passphrase" && !hasPhrase)
        ? await read("Passphrase", options.passphraseFile, options.passphraseStdin)
        : "",
    phrase:
      hasPhrase || (sealed === "phrase" && !hasPassphrase)
        ? await read("Recovery phrase", options.phraseFile, options.phraseStdin)
        : "",
  };
}

function secretOptions(command: Command): Command {
  return command
    .option("--passphrase-stdin", "read its passphrase from standard input")
    .option("--passphrase-file <file>", "read its passphrase from a file")
    .option("--phrase-stdin", "read the recovery phrase from standard input")
    .option("--phrase-file <file>", "read the recovery phrase from a file");
}

async function create(terminal: Terminal, name: string, options: Create): Promise<void> {
  const hasPassphrase = options.passphraseStdin === true || options.passphraseFile !== undefined;
  const hasPhrase = options.phraseStdin === true || options.phraseFile !== undefined;
  if (options.passphraseStdin === true && options.phraseStdin === true)
    throw new OperatorFault("Standard input holds one secret: give the other one as a file.", EXIT.usage);
  if (options.open === true && hasPassphrase)
    throw new OperatorFault("Either --open, or a passphrase.", EXIT.usage);
  const passphrase = hasPassphrase
    ? await readSecret(
        terminal,
        { file: options.passphraseFile, stdin: options.passphraseStdin },
        "Passphrase",
      )
    : "";
  const phrase = hasPhrase
    ? await readSecret(terminal, { file: options.phraseFile, stdin: options.phraseStdin }, "Recovery phrase")
    : "";
  const made = await withApp(terminal, async (app) => {
    const { findOwner } = await import("../services/lifeboats/owners.ts");
    const { takeLifeboat } = await import("../services/lifeboats/take.ts");
    const { createLifeboatDocuments } = await import("../../federation/writing/lifeboats.ts");
    const { createKeyStore } = await import("../../federation/delivery/signing.ts");
    const { auditAlone } = await import("../services/moderation/audit.ts");
    const owner = await findOwner(app, name);
    await auditAlone(app, null, { what: "lifeboat.taken", subject: name });
    return await takeLifeboat(app, createLifeboatDocuments(createKeyStore(app)), owner, {
      closing: options.open === true ? "open" : hasPassphrase ? "passphrase" : "phrase",
      followersOnly: options.followersOnly,
      followers: options.followers === true,
      keys: options.keys === true,
      passphrase,
      phrase,
      to: options.to,
    });
  });
  report(terminal, options, made, [
    `${made.path}: ${made.notes} notes, ${made.media} media files, ${made.size} bytes.`,
  ]);
}

async function verify(terminal: Terminal, file: string, options: Json & Secrets): Promise<void> {
  await access(file).catch(() => {
    throw new OperatorFault(`${file} cannot be read.`, EXIT.notFound);
  });
  try {
    const sealed = await sealOf(file);
    const unlock = sealed === null ? null : await unlockFrom(terminal, sealed, options);
    const checked = await verifyLifeboat(file, unlock);
    report(terminal, options, viewOf(checked), linesOf(file, checked));
  } catch (error) {
    // Scripts ask one question, and this is its other answer.
    if (isLifeboatFault(error))
      throw new OperatorFault(`${file} is not good: ${faultOf(error).sentence}`, EXIT.failed);
    throw error;
  }
}

async function unlockFrom(terminal: Terminal, sealed: Sealed, options: Secrets): Promise<Unlock> {
  const isPhrase = sealed === "phrase";
  const secret = await readSecret(
    terminal,
    {
      file: isPhrase ? options.phraseFile : options.passphraseFile,
      stdin: isPhrase ? options.phraseStdin : options.passphraseStdin,
    },
    isPhrase ? "Recovery phrase" : "Passphrase",
  );
  if (!isPhrase) return { passphrase: secret };
  // The key itself is as good, for who has derived it elsewhere.
  if (secret.trim().toUpperCase().startsWith("AGE-SECRET-KEY-1")) return { identity: secret.trim() };
  const keys = await keysOfPhrase(secret);
  if (keys === null)
    throw new OperatorFault("These are not the twelve words of a recovery phrase.", EXIT.failed);
  return { identity: keys.identity };
}

function viewOf({ manifest, manifestHash, did, signedBy, notes, files, bytes }: CheckedLifeboat) {
  const { actor, handle, instance, seq, previous, created, counts, includes } = manifest;
  return {
    good: true,
    actor,
    handle,
    instance,
    seq,
    created,
    previous,
    manifestHash,
    notes,
    media: counts.media,
    files,
    bytes,
    includes,
    did,
    signedByDid: signedBy.did,
    signedByInstance: signedBy.instance,
  };
}

function linesOf(file: string, checked: CheckedLifeboat): readonly string[] {
  const { manifest, did, signedBy, notes, bytes } = checked;
  const signers = [
    "the account's key",
    ...(signedBy.instance ? ["its server"] : []),
    ...(signedBy.did ? ["the recovery phrase"] : []),
  ];
  return [
    `${file} is good: nothing in it was changed since it was made.`,
    `  of        ${manifest.handle}  ${manifest.actor}`,
    `  made      ${manifest.created} by ${manifest.instance}, number ${manifest.seq}`,
    `  holds     ${notes} notes, ${manifest.counts.media} media files, ${bytes} bytes`,
    ...(manifest.includes.length === 0 ? [] : [`  also      ${manifest.includes.join(", ")}`]),
    `  signed by ${signers.join(", ")}`,
    whose(did, signedBy.did),
  ];
}

/** A file that proves itself proves no person. */
function whose(did: string | null, isSigned: boolean): string {
  if (did === null)
    return "Whose it is, is proved by nothing in it: the account named no key of its own beyond its server.";
  if (!isSigned) return `Whose it is, is not proved: the account names ${did}, which did not sign this file.`;
  return `Whose it is, is proved only if you know this key already, from their profile, a partner server or an earlier lifeboat: ${did}`;
}
