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
  /** Header, in lower case, in which a trusted proxy says from which country a visitor comes; null = nobody says. */
  readonly countryHeader: string | null;
  /** Tests and demo only: http origins, private addresses and any port may be fetched. */
  readonly allowPrivateAddresses: boolean;
  /** Whom this server talks to: everybody who is not blocked, or allowed domains alone. */
  readonly federation: "open" | "allow-list";
  /** Documents are shown to signed requests alone; an allow-list and the hardened profile imply it. */
  readonly authorizedFetch: boolean;
  /** For people in danger; what it changes is said at CAUSEWAY_PROFILE, and each effect has a test (test/hostile/hardened.test.ts). */
  readonly hardened: boolean;
  /** Bearer token for `/metrics` from elsewhere than loopback; null = loopback only. */
  readonly metricsToken: string | null;
  readonly logLevel: "debug" | "info" | "warning" | "error";
  /** Where files are kept instead of in the data folder; null = in the data folder. */
  readonly bucket: BucketConfig | null;
  /** Pictures of other servers kept in the data folder, bytes at most. */
  readonly proxyCacheBytes: number;
  readonly films: FilmConfig;
  /** Streams of apps that this process keeps open at most. */
  readonly mostStreams: number;
};

/** What members may upload beside pictures, and what working on it may take. */
export type FilmConfig = {
  readonly enabled: boolean;
  /** Largest file, bytes. */
  readonly mostBytes: number;
  readonly videoSeconds: number;
  readonly audioSeconds: number;
  /** Worked on at the same time, by all processes together. */
  readonly atOnce: number;
  /** Memory of the process that works on one, bytes. */
  readonly memoryBytes: number;
};

/** A bucket of a store that speaks S3. */
export type BucketConfig = {
  /** Without a slash at the end. */
  readonly endpoint: string;
  readonly bucket: string;
  readonly region: string;
  readonly accessKey: string;
  readonly secretKey: string;
  /** Empty, or ends with a slash. */
  readonly prefix: string;
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
    name: "CAUSEWAY_COUNTRY_HEADER",
    type: "text",
    default: null,
    help: "Header in which a trusted proxy says from which country a visitor comes, such as CF-IPCountry. The proxy must replace what visitors send. Without it nothing is withheld from anybody.",
    check: (v) =>
      /^[A-Za-z][A-Za-z0-9-]{1,60}$/.test(v) && !/^(?:x-forwarded-for|host|cookie|authorization)$/i.test(v)
        ? null
        : "must be the name of a header",
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
    help: "on shows profiles and notes only to servers that sign their requests and are not blocked. An allow-list and the hardened profile imply it.",
  },
  {
    name: "CAUSEWAY_PROFILE",
    type: "choice",
    default: "usual",
    choices: ["usual", "hardened"],
    help: "hardened is for people in danger: documents are shown to signed requests alone, where newcomers come from is not remembered at all, sessions end after 7 idle days and 30 in all, apps get no codes to copy by hand, and pages that notes link to are asked for at a random moment within a minute. It goes well with an allow-list.",
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
  {
    name: "CAUSEWAY_S3_ENDPOINT",
    type: "url",
    default: null,
    help: "Keeps uploaded files in a bucket instead of the data folder: address of a store that speaks S3, without the bucket, such as https://s3.eu-central-1.amazonaws.com. It may be in a private network.",
    check: checkEndpoint,
  },
  {
    name: "CAUSEWAY_S3_BUCKET",
    type: "text",
    default: null,
    help: "Name of the bucket. It must be there already and should not be public: this server hands the files out.",
    check: (v) => (/^[A-Za-z0-9][A-Za-z0-9._-]{1,62}$/.test(v) ? null : "must be the name of a bucket"),
  },
  {
    name: "CAUSEWAY_S3_REGION",
    type: "text",
    default: "us-east-1",
    help: "Region that requests are signed for. Stores without regions take the default (R2: auto).",
    check: (v) => (/^[A-Za-z0-9-]{1,64}$/.test(v) ? null : "must be the name of a region"),
  },
  {
    name: "CAUSEWAY_S3_ACCESS_KEY",
    type: "text",
    default: null,
    secret: true,
    help: "Id of a key that may read, write, list and delete in the bucket.",
  },
  {
    name: "CAUSEWAY_S3_SECRET_KEY",
    type: "text",
    default: null,
    secret: true,
    help: "The secret of that key.",
  },
  {
    name: "CAUSEWAY_S3_PREFIX",
    type: "text",
    default: null,
    help: "Folder in the bucket, for a bucket that holds other things as well.",
    check: (v) =>
      /^(?!.*(?:^|\/)\.{1,2}(?:\/|$))[A-Za-z0-9._-]+(?:\/[A-Za-z0-9._-]+)*\/?$/.test(v)
        ? null
        : "must be letters, digits, . _ - and slashes",
  },
  {
    name: "CAUSEWAY_PROXY_CACHE",
    type: "text",
    default: "1 GiB",
    help: "How much of other servers' pictures is kept on disk (data folder, proxied/), in MiB or GiB. What was not looked at for longest goes first; 0 keeps nothing.",
    check: (v) => (bytesOf(v) === null ? "must be a size such as 500 MiB or 2 GiB" : null),
  },
  {
    name: "CAUSEWAY_FILMS",
    type: "choice",
    default: "on",
    choices: ["on", "off"],
    help: "off takes pictures only. Films and recordings also need the optional package @mediabunny/server, which npm installs unless told otherwise.",
  },
  {
    name: "CAUSEWAY_FILM_SIZE",
    type: "text",
    default: "300 MiB",
    help: "Largest film or recording that can be uploaded.",
    check: checkSize,
  },
  {
    name: "CAUSEWAY_FILM_MINUTES",
    type: "number",
    default: "10",
    help: "Longest film, in minutes.",
    check: (v) => wholeNumber(v, 1, 240),
  },
  {
    name: "CAUSEWAY_SOUND_MINUTES",
    type: "number",
    default: "60",
    help: "Longest recording, in minutes.",
    check: (v) => wholeNumber(v, 1, 600),
  },
  {
    name: "CAUSEWAY_FILMS_AT_ONCE",
    type: "number",
    default: "1",
    help: "Films worked on at the same time, by all processes of this server together. Each takes all processors that are free.",
    check: (v) => wholeNumber(v, 1, 16),
  },
  {
    name: "CAUSEWAY_FILM_MEMORY",
    type: "text",
    default: "1 GiB",
    help: "Memory that working on one film may take; a film that needs more is refused.",
    check: checkSize,
  },
  {
    name: "CAUSEWAY_STREAMS",
    type: "number",
    default: "5000",
    help: "Streams of apps that one process keeps open at the same time. Each takes about 30 KiB; 0 refuses all, and apps ask now and then instead.",
    check: (v) => wholeNumber(v, 0, 1_000_000),
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
    countryHeader: given.get("CAUSEWAY_COUNTRY_HEADER")?.toLowerCase() ?? null,
    allowPrivateAddresses: /^(?:yes|true|1)$/i.test(given.get("CAUSEWAY_ALLOW_PRIVATE_ADDRESSES") ?? "no"),
    federation: (given.get("CAUSEWAY_FEDERATION") ?? "open") as Config["federation"],
    authorizedFetch:
      given.get("CAUSEWAY_AUTHORIZED_FETCH") === "on" ||
      given.get("CAUSEWAY_FEDERATION") === "allow-list" ||
      given.get("CAUSEWAY_PROFILE") === "hardened",
    hardened: given.get("CAUSEWAY_PROFILE") === "hardened",
    metricsToken: given.get("CAUSEWAY_METRICS_TOKEN") ?? null,
    logLevel: (given.get("CAUSEWAY_LOG_LEVEL") ?? "info") as Config["logLevel"],
    bucket: bucketOf(given),
    proxyCacheBytes: bytesOf(given.get("CAUSEWAY_PROXY_CACHE") ?? "1 GiB") ?? 0,
    films: filmsOf(given),
    mostStreams: Number(given.get("CAUSEWAY_STREAMS") ?? "5000"),
  };
}

function filmsOf(given: ReadonlyMap<string, string>): FilmConfig {
  return {
    enabled: given.get("CAUSEWAY_FILMS") !== "off",
    mostBytes: bytesOf(given.get("CAUSEWAY_FILM_SIZE") ?? "300 MiB") ?? 0,
    videoSeconds: Number(given.get("CAUSEWAY_FILM_MINUTES") ?? "10") * 60,
    audioSeconds: Number(given.get("CAUSEWAY_SOUND_MINUTES") ?? "60") * 60,
    atOnce: Number(given.get("CAUSEWAY_FILMS_AT_ONCE") ?? "1"),
    memoryBytes: bytesOf(given.get("CAUSEWAY_FILM_MEMORY") ?? "1 GiB") ?? 0,
  };
}

function checkSize(value: string): string | null {
  return bytesOf(value) === null ? "must be a size such as 300 MiB or 2 GiB" : null;
}

function wholeNumber(value: string, least: number, most: number): string | null {
  const fits = /^\d+$/.test(value) && Number(value) >= least && Number(value) <= most;
  return fits ? null : `must be a whole number from ${least} to ${most}`;
}

/** Null without an endpoint; what is missing beside it is told by `contradictions`. */
function bucketOf(given: ReadonlyMap<string, string>): BucketConfig | null {
  const endpoint = given.get("CAUSEWAY_S3_ENDPOINT");
  if (endpoint === undefined) return null;
  const prefix = (given.get("CAUSEWAY_S3_PREFIX") ?? "").replace(/\/$/, "");
  return {
    endpoint: endpoint.replace(/\/+$/, ""),
    bucket: given.get("CAUSEWAY_S3_BUCKET") ?? "",
    region: given.get("CAUSEWAY_S3_REGION") ?? "us-east-1",
    accessKey: given.get("CAUSEWAY_S3_ACCESS_KEY") ?? "",
    secretKey: given.get("CAUSEWAY_S3_SECRET_KEY") ?? "",
    prefix: prefix === "" ? "" : `${prefix}/`,
  };
}

const UNITS: Readonly<Record<string, number>> = { "": 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 };

/** Bytes of a size such as `500 MiB`, `2GB` (the same as GiB here) or a plain number; null when it is none. */
function bytesOf(size: string): number | null {
  const [, number = "", unit = ""] = /^(\d{1,15}(?:\.\d+)?)\s*([kmgt]?)(?:i?b)?$/i.exec(size) ?? [];
  const factor = UNITS[unit.toLowerCase()];
  return number === "" || factor === undefined ? null : Math.round(Number(number) * factor);
}

function checkEndpoint(value: string): string | null {
  if (!URL.canParse(value)) return "must be an address such as https://s3.example.org";
  const url = new URL(value);
  if (url.protocol !== "https:" && url.protocol !== "http:") return "must start with https://";
  const rest = [url.username, url.password, url.search, url.hash].join("");
  return rest === "" && url.pathname === "/"
    ? null
    : "must be an address without a path, user name or password";
}

function contradictions(config: Config, originIsSound: boolean): readonly string[] {
  const faults: string[] = [];
  const url = new URL(config.origin);
  const loopback = url.hostname === "localhost" || url.hostname === "127.0.0.1" || url.hostname === "[::1]";
  if (originIsSound && url.protocol === "http:" && !loopback && !config.allowPrivateAddresses)
    faults.push(`CAUSEWAY_ORIGIN must use https: other servers refuse "${config.origin}".`);
  const { bucket } = config;
  if (bucket !== null && [bucket.bucket, bucket.accessKey, bucket.secretKey].includes(""))
    faults.push(
      "CAUSEWAY_S3_ENDPOINT needs CAUSEWAY_S3_BUCKET, CAUSEWAY_S3_ACCESS_KEY and CAUSEWAY_S3_SECRET_KEY beside it.",
    );
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
