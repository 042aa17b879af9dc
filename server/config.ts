// Configuration: environment → Config, by one declarative table. The only file that reads `process.env`.
// All faults are reported together; `docs/configuration.md` is generated from the table.

import { resolve } from "node:path";

export type Role = "all" | "web" | "worker";

export type Config = {
  readonly port: number;
  readonly host: string;
  /** Scheme, host and port people and servers reach us at, without a trailing slash. */
  readonly origin: string;
  /** Host in handles (`@name@handleHost`), with port if any; differs from the origin's host on a split domain. */
  readonly handleHost: string;
  /** Absolute path of the data folder. */
  readonly dataDir: string;
  /** `postgres://…`, or null for SQLite in the data folder. */
  readonly databaseUrl: string | null;
  readonly role: Role;
  /** CIDR ranges whose `X-Forwarded-For` is believed. */
  readonly trustedProxies: readonly string[];
  /** Tests and demo only: http origins, private addresses and any port may be fetched. */
  readonly allowPrivateAddresses: boolean;
  /** Whom this server talks to: everybody who is not blocked, or allowed domains alone. */
  readonly federation: "open" | "allow-list";
  /** Documents are shown to signed requests alone; an allow-list implies it. */
  readonly authorizedFetch: boolean;
  /** Bearer token for `/metrics` from elsewhere than loopback; null = loopback only. */
  readonly metricsToken: string | null;
  readonly logLevel: "debug" | "info" | "warning" | "error";
};

export type Option = {
  readonly name: string;
  readonly type: "text" | "number" | "flag" | "url" | "choice" | "list" | "path";
  /** As it is printed in the docs; null = not set. */
  readonly default: string | null;
  readonly choices?: readonly string[];
  /** Masked by `causeway doctor`. */
  readonly secret?: true;
  readonly help: string;
  /** Returns a fault as a clause ("must be …"), or null. Called with the trimmed value when one is set. */
  readonly check?: (value: string) => string | null;
};

const CIDR = /^[0-9a-fA-F.:]+(?:\/\d{1,3})?$/;
const HOSTNAME =
  /^(?=.{1,253}(?::\d+)?$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*(:\d{1,5})?$/;

/** Every option there is. The order is the order of the docs. */
export const OPTIONS: readonly Option[] = [
  {
    name: "PORT",
    type: "number",
    default: "3000",
    help: "TCP port to listen on. 0 picks a free one.",
    check: (v) => (/^\d+$/.test(v) && Number(v) <= 65535 ? null : "must be a whole number from 0 to 65535"),
  },
  {
    name: "HOST",
    type: "text",
    default: "127.0.0.1",
    help: "Address to listen on. Keep loopback behind a proxy on the same machine; 0.0.0.0 in a container.",
  },
  {
    name: "CAUSEWAY_ORIGIN",
    type: "url",
    default: "http://localhost:PORT",
    help: "Address people and servers reach this instance at, such as https://social.example. It is part of every identity made here and cannot be changed later.",
    check: checkOrigin,
  },
  {
    name: "CAUSEWAY_HANDLE_HOST",
    type: "text",
    default: "host of CAUSEWAY_ORIGIN",
    help: "Host in handles (@name@host) when it differs from the origin's: that host must redirect /.well-known/webfinger here.",
    check: (v) => (HOSTNAME.test(v.toLowerCase()) ? null : "must be a host name such as example.org"),
  },
  {
    name: "CAUSEWAY_DATA",
    type: "path",
    default: "./data",
    help: "Folder for the database (SQLite), uploaded files and the secret key.",
  },
  {
    name: "DATABASE_URL",
    type: "url",
    default: null,
    secret: true,
    help: "postgres://user:password@host/database selects PostgreSQL. Without it SQLite in the data folder is used.",
    check: (v) => (/^postgres(?:ql)?:\/\/\S+$/.test(v) ? null : "must start with postgres://"),
  },
  {
    name: "CAUSEWAY_ROLE",
    type: "choice",
    default: "all",
    choices: ["all", "web", "worker"],
    help: "What this process does. web and worker need PostgreSQL; on SQLite one process does it all.",
  },
  {
    name: "CAUSEWAY_TRUSTED_PROXIES",
    type: "list",
    default: "127.0.0.0/8,::1/128",
    help: "Comma-separated addresses or CIDR ranges of proxies whose X-Forwarded-For is believed.",
    check: (v) =>
      v === "" || v.split(",").every((part) => CIDR.test(part.trim()))
        ? null
        : "must be addresses or CIDR ranges separated by commas",
  },
  {
    name: "CAUSEWAY_ALLOW_PRIVATE_ADDRESSES",
    type: "flag",
    default: "no",
    help: "For tests and the demo only: lets this server fetch from private addresses and over http.",
    check: (v) => (/^(?:yes|no|true|false|1|0)$/i.test(v) ? null : "must be yes or no"),
  },
  {
    name: "CAUSEWAY_FEDERATION",
    type: "choice",
    default: "open",
    choices: ["open", "allow-list"],
    help: "open talks to every server that is not blocked; allow-list only to those named with causeway domain allow.",
  },
  {
    name: "CAUSEWAY_AUTHORIZED_FETCH",
    type: "choice",
    default: "off",
    choices: ["on", "off"],
    help: "on shows profiles and notes only to servers that sign their requests and are not blocked. An allow-list implies it.",
  },
  {
    name: "CAUSEWAY_METRICS_TOKEN",
    type: "text",
    default: null,
    secret: true,
    help: "Bearer token for /metrics. Without it /metrics answers to loopback only.",
    check: (v) => (v.length >= 16 ? null : "must have at least 16 characters"),
  },
  {
    name: "CAUSEWAY_LOG_LEVEL",
    type: "choice",
    default: "info",
    choices: ["debug", "info", "warning", "error"],
    help: "Least severe log lines to print.",
  },
];

export type Environment = Readonly<Record<string, string | undefined>>;
export type ConfigResult =
  { readonly ok: true; readonly config: Config } | { readonly ok: false; readonly faults: readonly string[] };

/** Reads the process environment. */
export function readEnvironment(): Environment {
  return process.env;
}

/** Turns an environment into a Config, or into every fault at once, one sentence each. */
export function parseConfig(env: Environment): ConfigResult {
  const faults: string[] = [];
  const given = new Map<string, string>();
  for (const option of OPTIONS) {
    const value = env[option.name]?.trim();
    if (value === undefined || value === "") continue;
    const fault = faultOf(option, value);
    if (fault === null) given.set(option.name, value);
    else faults.push(`${option.name} ${fault}${option.secret ? "" : `, not "${value}"`}.`);
  }
  for (const name of Object.keys(env)) {
    if (name.startsWith("CAUSEWAY_") && !OPTIONS.some((option) => option.name === name))
      faults.push(`${name} is not an option of Causeway; see docs/configuration.md.`);
  }
  const config = fromValues(given);
  faults.push(...contradictions(config, faults.length === 0));
  return faults.length === 0 ? { ok: true, config } : { ok: false, faults };
}

function faultOf(option: Option, value: string): string | null {
  if (option.choices !== undefined && !option.choices.includes(value))
    return `must be one of ${option.choices.join(", ")}`;
  return option.check?.(value) ?? null;
}

function fromValues(given: ReadonlyMap<string, string>): Config {
  const port = Number(given.get("PORT") ?? "3000");
  const origin = new URL(given.get("CAUSEWAY_ORIGIN") ?? `http://localhost:${port}`).origin;
  return {
    port,
    host: given.get("HOST") ?? "127.0.0.1",
    origin,
    handleHost: (given.get("CAUSEWAY_HANDLE_HOST") ?? new URL(origin).host).toLowerCase(),
    dataDir: resolve(given.get("CAUSEWAY_DATA") ?? "./data"),
    databaseUrl: given.get("DATABASE_URL") ?? null,
    role: (given.get("CAUSEWAY_ROLE") ?? "all") as Role,
    trustedProxies: (given.get("CAUSEWAY_TRUSTED_PROXIES") ?? "127.0.0.0/8,::1/128")
      .split(",")
      .map((part) => part.trim())
      .filter((part) => part !== ""),
    allowPrivateAddresses: /^(?:yes|true|1)$/i.test(given.get("CAUSEWAY_ALLOW_PRIVATE_ADDRESSES") ?? "no"),
    federation: (given.get("CAUSEWAY_FEDERATION") ?? "open") as Config["federation"],
    authorizedFetch:
      given.get("CAUSEWAY_AUTHORIZED_FETCH") === "on" || given.get("CAUSEWAY_FEDERATION") === "allow-list",
    metricsToken: given.get("CAUSEWAY_METRICS_TOKEN") ?? null,
    logLevel: (given.get("CAUSEWAY_LOG_LEVEL") ?? "info") as Config["logLevel"],
  };
}

function contradictions(config: Config, originIsSound: boolean): readonly string[] {
  const faults: string[] = [];
  const url = new URL(config.origin);
  const loopback = url.hostname === "localhost" || url.hostname === "127.0.0.1" || url.hostname === "[::1]";
  if (originIsSound && url.protocol === "http:" && !loopback && !config.allowPrivateAddresses)
    faults.push(`CAUSEWAY_ORIGIN must use https: other servers refuse "${config.origin}".`);
  if (config.role !== "all" && config.databaseUrl === null)
    faults.push("CAUSEWAY_ROLE must be all on SQLite; web and worker need DATABASE_URL.");
  return faults;
}

function checkOrigin(value: string): string | null {
  if (!URL.canParse(value)) return "must be an address such as https://social.example";
  const url = new URL(value);
  if (url.protocol !== "https:" && url.protocol !== "http:") return "must start with https://";
  if (url.username !== "" || url.password !== "") return "must not hold a user name or password";
  if (url.pathname !== "/" || url.search !== "" || url.hash !== "")
    return "must be an address without a path";
  return null;
}
