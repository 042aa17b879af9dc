import type { Command } from "commander";
import { OPTIONS } from "../config.ts";
import { writeBackup } from "../ops/backup.ts";
import { examine } from "../ops/doctor.ts";
import { OperatorFault } from "../ops/fault.ts";
import { prepareFolder } from "../ops/folder.ts";
import { openDatabase } from "../ops/open-database.ts";
import { restoreBackup } from "../ops/restore.ts";
import { upgradeSchema } from "../ops/schema.ts";
import { verifyBackup } from "../ops/verify-backup.ts";
import type { Database } from "../store/database.ts";
import { schemaStatus } from "../store/migrate.ts";
import { configOf, EXIT, report, requireInstance, table, type Terminal } from "./context.ts";

type Json = { readonly json?: boolean };
type BackupOptions = Json & { readonly to?: string };
type VerifyOptions = Json & { readonly within?: string };
type RestoreOptions = Json & { readonly deletions?: string };

/** `causeway backup|restore|migrate|config|doctor`: keeping an instance alive. */
export function addUpkeepCommands(program: Command, terminal: Terminal): void {
  const backups = program
    .command("backup")
    .description("write everything into one .tar.gz, while the server runs")
    .option("--to <file>", "the archive to write; it must not be there yet")
    .option("--json", "print JSON")
    .action((options: BackupOptions) => backup(terminal, options));
  backups
    .command("verify <file>")
    .description("restore a backup beside everything else, look whether it is whole, and remove that again")
    .option("--within <folder>", "where there is room for it; default: the folder for temporary files")
    .option("--json", "print JSON")
    .action((file: string, options: VerifyOptions) => verify(terminal, file, options));
  program
    .command("restore <file>")
    .description("unpack a backup into an empty data folder (and an empty database)")
    .option("--deletions <path>", "a copy of the folder `deletions`: what it names is deleted again")
    .option("--json", "print JSON")
    .action((file: string, options: RestoreOptions) => restore(terminal, file, options));
  addMigrate(program, terminal);
  program
    .command("config")
    .description("print the effective configuration, secrets masked")
    .option("--json", "print JSON")
    .action((options: Json) => printConfig(terminal, options));
  program
    .command("doctor")
    .description("check everything that commonly goes wrong; exit code 1 when something does")
    .option("--json", "print JSON")
    .action((options: Json) => doctor(terminal, options));
}

function addMigrate(program: Command, terminal: Terminal): void {
  const migrate = program.command("migrate").description("the schema of the database");
  migrate
    .command("status")
    .description("say which steps are applied and which are pending")
    .option("--json", "print JSON")
    .action((options: Json) => migrateStatus(terminal, options));
  migrate
    .command("up")
    .description("run the pending steps; an SQLite database is copied first")
    .option("--json", "print JSON")
    .action((options: Json) => migrateUp(terminal, options));
}

async function backup(terminal: Terminal, options: BackupOptions): Promise<void> {
  if (options.to === undefined)
    throw new OperatorFault(
      "Say where to: causeway backup --to FILE. To look at one: causeway backup verify FILE.",
      EXIT.usage,
    );
  const made = await writeBackup(configOf(terminal), options.to);
  report(terminal, options, made, [`Wrote ${made.path}: ${made.files} files, ${made.bytes} bytes.`]);
  if (made.filesElsewhere !== null)
    terminal.warn(
      `Uploaded files are in ${made.filesElsewhere} and not in this archive: copy the bucket as well.`,
    );
}

async function verify(terminal: Terminal, file: string, options: VerifyOptions): Promise<void> {
  const found = await verifyBackup(configOf(terminal), file, options.within);
  report(terminal, options, found, [
    `Whole: the backup of ${found.origin} made ${found.madeAt} was restored and its database is sound.`,
    `${found.accounts} accounts, ${found.notes} notes, ${found.files} files; its secret key opens the keys of its people.`,
  ]);
}

async function restore(terminal: Terminal, file: string, options: RestoreOptions): Promise<void> {
  const config = configOf(terminal);
  const done = await restoreBackup(config, file, options.deletions ?? null);
  report(terminal, options, done, [
    `Restored ${done.files} files into ${config.dataDir}: the backup of ${done.origin} made ${done.madeAt}.`,
  ]);
  if (done.origin !== config.origin)
    terminal.warn(
      `The backup is of ${done.origin}, CAUSEWAY_ORIGIN is ${config.origin}: identities are part of the origin, so set it to the old one.`,
    );
}

async function migrateStatus(terminal: Terminal, options: Json): Promise<void> {
  requireInstance(configOf(terminal));
  const status = await withDatabase(terminal, (database) => schemaStatus(database.db));
  const lines = [
    ...status.applied.map((name) => `applied  ${name}`),
    ...status.pending.map((name) => `pending  ${name}`),
    ...status.unknown.map((name) => `unknown  ${name} (from a newer version of Causeway)`),
  ];
  report(terminal, options, status, lines);
  if (status.unknown.length > 0)
    throw new OperatorFault("The database was written by a newer version of Causeway.");
}

async function migrateUp(terminal: Terminal, options: Json): Promise<void> {
  const config = configOf(terminal);
  const done = await withDatabase(terminal, (database) => upgradeSchema(config, database));
  const lines =
    done.ran.length === 0 ? ["The schema is up to date."] : done.ran.map((name) => `applied  ${name}`);
  if (done.snapshot !== null) lines.push(`The database as it was: ${done.snapshot}`);
  report(terminal, options, done, lines);
}

/** The database as it is, whatever its schema. */
async function withDatabase<T>(terminal: Terminal, work: (database: Database) => Promise<T>): Promise<T> {
  const config = configOf(terminal);
  await prepareFolder(config.dataDir);
  const database = await openDatabase(config, 0);
  try {
    return await work(database);
  } finally {
    await database.close();
  }
}

function printConfig(terminal: Terminal, options: Json): void {
  const config = configOf(terminal);
  const values: Readonly<Record<string, string>> = {
    PORT: String(config.port),
    HOST: config.host,
    CAUSEWAY_ORIGIN: config.origin,
    CAUSEWAY_HANDLE_HOST: config.handleHost,
    CAUSEWAY_DATA: config.dataDir,
    DATABASE_URL: config.databaseUrl ?? "",
    CAUSEWAY_ROLE: config.role,
    CAUSEWAY_TRUSTED_PROXIES: config.trustedProxies.join(","),
    CAUSEWAY_ALLOW_PRIVATE_ADDRESSES: config.allowPrivateAddresses ? "yes" : "no",
    CAUSEWAY_METRICS_TOKEN: config.metricsToken ?? "",
    CAUSEWAY_LOG_LEVEL: config.logLevel,
    CAUSEWAY_S3_ENDPOINT: config.bucket?.endpoint ?? "",
    CAUSEWAY_S3_BUCKET: config.bucket?.bucket ?? "",
    CAUSEWAY_S3_REGION: config.bucket?.region ?? "",
    CAUSEWAY_S3_ACCESS_KEY: config.bucket?.accessKey ?? "",
    CAUSEWAY_S3_SECRET_KEY: config.bucket?.secretKey ?? "",
    CAUSEWAY_S3_PREFIX: config.bucket?.prefix ?? "",
    CAUSEWAY_PROXY_CACHE: `${config.proxyCacheBytes / 2 ** 20} MiB`,
  };
  const rows = OPTIONS.map((option) => {
    const value = values[option.name] ?? "";
    const given = (terminal.env[option.name] ?? "").trim() !== "";
    const shown = value === "" ? "(not set)" : option.secret === true ? "********" : value;
    return [option.name, shown, given ? "environment" : "default"] as const;
  });
  const json = Object.fromEntries(rows.map(([name, value, source]) => [name, { value, source }]));
  report(terminal, options, json, table(rows));
}

async function doctor(terminal: Terminal, options: Json): Promise<void> {
  const findings = await examine(terminal.env);
  const lines = findings.map((finding) => `${finding.state.padEnd(4)}  ${finding.subject}: ${finding.text}`);
  report(terminal, options, findings, lines);
  const failed = findings.filter((finding) => finding.state === "fail").length;
  if (failed > 0) throw new OperatorFault(`${failed} of ${findings.length} checks failed.`, EXIT.failed);
}
