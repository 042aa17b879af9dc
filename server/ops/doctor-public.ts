// What the doctor learns by coming through the public address like everybody else: names, caches, clocks and proxies in between.

import { resolve4, resolve6 } from "node:dns/promises";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { isIP } from "node:net";
import type { Config } from "../config.ts";
import { systemClock } from "../context.ts";
import type { Finding } from "../domain/chore.ts";
import { IMAGE_MAX_BYTES } from "../media/images.ts";

const WAIT_MS = 5_000;
const SKEW_MS = 60_000;
/** A form with one picture of the largest size. */
const UPLOAD_BYTES = IMAGE_MAX_BYTES + 64 * 1024;

/** One thing to look at: its name for people, and the look. */
export type PublicCheck = readonly [subject: string, check: () => Promise<Finding | readonly Finding[]>];

const ok = (subject: string, text: string): Finding => ({ subject, state: "ok", text });
const warn = (subject: string, text: string): Finding => ({ subject, state: "warn", text });
const fail = (subject: string, text: string): Finding => ({ subject, state: "fail", text });

/** Everything that is looked at through the public address; `page`: an address that has a page and a document. */
export function publicChecks(config: Config, page: string | null): readonly PublicCheck[] {
  const checks: PublicCheck[] = [
    ["name", () => examineName(config)],
    ["proxy", () => examineBodySize(config)],
    ["streams", () => examineUpgrade(config)],
    ["public clock", () => examineDate(config)],
    ["visitors", () => Promise.resolve(examineProxies(config))],
  ];
  return page === null ? checks : [...checks, ["caches", () => examineCaches(page)]];
}

/** That the name has addresses, and that the one for IPv6, where there is one, answers: half of all phones try it first. */
async function examineName({ origin }: Config): Promise<readonly Finding[]> {
  const { hostname } = new URL(origin);
  const bare = hostname.replace(/^\[|\]$/g, "");
  if (isIP(bare) !== 0 || bare === "localhost") return [ok("name", `${bare} needs no name server`)];
  const found = async (work: Promise<readonly string[]>) => await work.catch(() => []);
  const [v4, v6] = await Promise.all([found(resolve4(bare)), found(resolve6(bare))]);
  if (v4.length + v6.length === 0) return [fail("name", `${bare} has no address in the DNS`)];
  const findings = [ok("name", `${bare} leads to ${[...v4, ...v6].join(", ")}`)];
  const [first] = v6;
  if (first === undefined)
    return [...findings, ok("IPv6", "there is no IPv6 address; networks without IPv4 come through gateways")];
  const answer = await knock(`${origin}/livez`, {}, { host: first, servername: bare }).catch(() => null);
  return [
    ...findings,
    answer?.status === 200
      ? ok("IPv6", `${first} answers`)
      : warn("IPv6", `${first} does not answer: remove the AAAA record or let the proxy listen there`),
  ];
}

/** Says only how much is to come: a proxy that allows less refuses at once, and nothing has to be sent. */
async function examineBodySize({ origin }: Config): Promise<Finding> {
  const headers = {
    "content-type": "application/octet-stream",
    "content-length": String(UPLOAD_BYTES),
  };
  const answer = await knock(`${origin}/api/v2/media`, headers, { method: "POST" }).catch(() => null);
  const most = `${Math.ceil(UPLOAD_BYTES / 1024 ** 2)} MiB`;
  return answer?.status === 413
    ? fail(
        "proxy",
        `refuses bodies of ${most} (413): pictures cannot be uploaded; nginx: client_max_body_size 70m`,
      )
    : ok("proxy", `bodies of ${most} may come`);
}

/** A refusal of ours over an upgraded connection has no policy for pages; a plain answer has. */
async function examineUpgrade({ origin }: Config): Promise<Finding> {
  const headers = {
    connection: "Upgrade",
    upgrade: "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": "Y2F1c2V3YXkgZG9jdG9yIQ==",
  };
  const answer = await knock(`${origin}/api/v1/streaming`, headers).catch(() => null);
  if (answer === null)
    return warn("streams", "a WebSocket was not answered at all: does the proxy let it through?");
  const isUpgraded = answer.status === 101 || answer.headers["content-security-policy"] === undefined;
  return isUpgraded
    ? ok("streams", "WebSockets come through")
    : warn(
        "streams",
        "the header Upgrade is lost on the way: apps will ask again and again; nginx: proxy_set_header Upgrade $http_upgrade",
      );
}

/** Other servers refuse signatures of a clock that is minutes off. */
async function examineDate({ origin }: Config): Promise<Finding> {
  const { headers } = await knock(`${origin}/livez`, {});
  const date = Date.parse(headers.date ?? "");
  if (Number.isNaN(date)) return ok("public clock", "the public address does not say what time it is");
  const skew = Math.round((date - systemClock.now()) / 1000);
  return Math.abs(skew) * 1000 > SKEW_MS
    ? warn("public clock", `the proxy's clock differs by ${skew} s: synchronise both (timedatectl)`)
    : ok("public clock", "agrees with this machine");
}

/** Behind a proxy that is not believed everybody seems to come from one address, and all are limited as one. */
function examineProxies({ origin, trustedProxies, countryHeader }: Config): Finding {
  const isBehind = new URL(origin).protocol === "https:";
  if (isBehind && trustedProxies.length === 0)
    return warn(
      "visitors",
      "no proxy is believed (CAUSEWAY_TRUSTED_PROXIES): all visitors count as one address",
    );
  const everybody = trustedProxies.some((range) => range.endsWith("/0"));
  if (everybody)
    return fail(
      "visitors",
      "every address is believed to be a proxy (CAUSEWAY_TRUSTED_PROXIES): anybody can say where they come from",
    );
  return ok(
    "visitors",
    `proxies at ${trustedProxies.join(", ") || "nowhere"} are believed${countryHeader === null ? "" : `, also about the country (${countryHeader})`}`,
  );
}

/** The same address as a document, as a page and as a document again: a cache that forgets about `Accept` mixes them up. */
async function examineCaches(page: string): Promise<Finding> {
  const kinds: string[] = [];
  for (const accept of ["application/activity+json", "text/html", "application/activity+json"]) {
    const { headers, status } = await knock(page, { accept });
    kinds.push(
      status >= 300 && status < 400
        ? "page"
        : /json/.test(headers["content-type"] ?? "")
          ? "document"
          : "page",
    );
  }
  return kinds.join() === "document,page,document"
    ? ok("caches", "keep pages and documents of one address apart")
    : fail(
        "caches",
        `${page} answered ${kinds.join(", ")}: a cache must keep to Vary, or not keep these addresses at all`,
      );
}

type Knock = { readonly method?: string; readonly host?: string; readonly servername?: string };
type Answered = { readonly status: number; readonly headers: IncomingMessage["headers"] };

/** A request whose answer's head is all that is wanted; redirects are answers. */
function knock(
  address: string,
  headers: Readonly<Record<string, string>>,
  how: Knock = {},
): Promise<Answered> {
  const url = new URL(address);
  const send = url.protocol === "https:" ? httpsRequest : httpRequest;
  const isUpload = how.method === "POST";
  return new Promise((answered, failed) => {
    const options = {
      method: how.method ?? "GET",
      headers: { host: url.host, ...headers },
      timeout: WAIT_MS,
      agent: false,
      ...(how.host === undefined ? {} : { host: how.host, servername: how.servername }),
    };
    const request = send(url, options);
    const take = ({ statusCode = 0, headers: given }: IncomingMessage): void => {
      answered({ status: statusCode, headers: given });
      request.destroy();
    };
    request.on("response", take);
    request.on("upgrade", (answer, socket) => {
      take(answer);
      socket.destroy();
    });
    request.on("timeout", () => request.destroy(new Error("no answer within 5 s")));
    request.on("error", failed);
    if (isUpload) request.flushHeaders();
    else request.end();
  });
}
