import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { BucketSettings } from "../../server/media/bucket.ts";

/** A bucket that speaks S3 on loopback and believes nobody who cannot sign (Signature Version 4). */
export type S3Server = {
  readonly settings: BucketSettings;
  /** What is in the bucket, by key. */
  readonly objects: Map<string, Buffer>;
  /** Uploads in pieces that were neither finished nor given up. */
  readonly unfinished: Map<string, { readonly key: string; readonly parts: Map<number, Buffer> }>;
  /** Requests that came in, as `METHOD /path?query`. */
  readonly log: string[];
  /** The largest body of a request so far, bytes. */
  largest(): number;
  /** Answers the next requests with these statuses instead; for one, only where `match` is in its line. */
  fail(status: number, times: number, match?: string): void;
  close(): Promise<void>;
};

const SECRET = { accessKey: "AKTEST", secretKey: "secret/of+the=test" };
const PAGE = 2;

type State = Pick<S3Server, "objects" | "unfinished"> & { readonly bucket: string; next: number };
type Incoming = {
  readonly method: string;
  readonly key: string;
  readonly query: URLSearchParams;
  readonly body: Buffer;
  readonly range: string | undefined;
};

/** Starts a bucket. */
export async function startS3(prefix = ""): Promise<S3Server> {
  const state: State = { objects: new Map(), unfinished: new Map(), bucket: "pictures", next: 1 };
  const log: string[] = [];
  const faults: { status: number; times: number; match: string }[] = [];
  let largest = 0;
  const server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      largest = Math.max(largest, body.length);
      const line = `${request.method} ${request.url}`;
      log.push(line);
      const fault = faults.find((one) => one.times > 0 && line.includes(one.match));
      if (fault !== undefined) {
        fault.times -= 1;
        return send(response, fault.status, xml("Error", "<Code>Fault</Code>"));
      }
      if (!isSigned(request, body))
        return send(response, 403, xml("Error", "<Code>SignatureDoesNotMatch</Code>"));
      return serve(state, request, response, body);
    });
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", () => ready()));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    settings: {
      endpoint: `http://127.0.0.1:${port}`,
      bucket: state.bucket,
      region: "here-1",
      prefix,
      ...SECRET,
    },
    objects: state.objects,
    unfinished: state.unfinished,
    log,
    largest: () => largest,
    fail: (status, times, match = "") => void faults.push({ status, times, match }),
    close: () =>
      new Promise<void>((closed) => {
        server.closeAllConnections();
        server.close(() => closed());
      }),
  };
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of request) if (Buffer.isBuffer(piece)) pieces.push(piece);
  return Buffer.concat(pieces);
}

function serve(state: State, request: IncomingMessage, response: ServerResponse, body: Buffer): void {
  const url = new URL(request.url ?? "/", "http://bucket.test");
  const [, bucket, ...rest] = url.pathname.split("/");
  if (bucket !== state.bucket) return send(response, 404, xml("Error", "<Code>NoSuchBucket</Code>"));
  const incoming: Incoming = {
    method: request.method ?? "",
    key: rest.join("/"),
    query: url.searchParams,
    body,
    range: request.headers.range,
  };
  if (incoming.query.has("uploads") || incoming.query.has("uploadId"))
    return serveUpload(state, incoming, response);
  if (incoming.key === "") return send(response, 200, listing(state, incoming.query));
  return serveObject(state, incoming, response);
}

function serveObject(
  { objects }: State,
  { method, key, body, range }: Incoming,
  response: ServerResponse,
): void {
  if (method === "PUT") {
    objects.set(key, body);
    return send(response, 200, "", { etag: '"one"' });
  }
  if (method === "DELETE") {
    objects.delete(key);
    return send(response, 204, "");
  }
  const found = objects.get(key);
  if (found === undefined) return send(response, 404, xml("Error", "<Code>NoSuchKey</Code>"));
  const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(range ?? "") ?? [];
  if (from === undefined || to === undefined)
    return send(response, 200, method === "HEAD" ? "" : found, { "content-length": String(found.length) });
  if (Number(from) >= found.length)
    return send(response, 416, "", { "content-range": `bytes */${found.length}` });
  const part = found.subarray(Number(from), Number(to) + 1);
  const end = Number(from) + part.length - 1;
  return send(response, 206, part, { "content-range": `bytes ${from}-${end}/${found.length}` });
}

function serveUpload(state: State, { method, key, query, body }: Incoming, response: ServerResponse): void {
  const { objects, unfinished } = state;
  if (method === "GET") {
    const items = [...unfinished].map(
      ([id, upload]) =>
        `<Upload><Key>${upload.key}</Key><UploadId>${id}</UploadId><Initiated>2020-01-01T00:00:00Z</Initiated></Upload>`,
    );
    return send(response, 200, xml("ListMultipartUploadsResult", items.join("")));
  }
  if (query.has("uploads")) {
    const id = `up+${state.next++}/&=`;
    unfinished.set(id, { key, parts: new Map() });
    const escaped = id.replace("&", "&amp;");
    return send(response, 200, xml("InitiateMultipartUploadResult", `<UploadId>${escaped}</UploadId>`));
  }
  const id = query.get("uploadId") ?? "";
  const upload = unfinished.get(id);
  if (upload === undefined) return send(response, 404, xml("Error", "<Code>NoSuchUpload</Code>"));
  if (method === "PUT") {
    upload.parts.set(Number(query.get("partNumber")), body);
    return send(response, 200, "", { etag: `"part-${query.get("partNumber")}"` });
  }
  unfinished.delete(id);
  if (method === "DELETE") return send(response, 204, "");
  const wanted = [...body.toString().matchAll(/<PartNumber>(\d+)<\/PartNumber><ETag>&quot;part-\1&quot;</g)];
  if (wanted.length !== upload.parts.size)
    return send(response, 200, xml("Error", "<Code>InvalidPart</Code>"));
  objects.set(
    key,
    Buffer.concat(wanted.map(([, number]) => upload.parts.get(Number(number)) ?? Buffer.alloc(0))),
  );
  return send(response, 200, xml("CompleteMultipartUploadResult", ""));
}

function listing({ objects }: State, query: URLSearchParams): string {
  const after = query.get("continuation-token")?.slice("after+".length) ?? "";
  const keys = [...objects.keys()]
    .filter((key) => key.startsWith(query.get("prefix") ?? "") && key > after)
    .toSorted();
  const items = keys
    .slice(0, PAGE)
    .map(
      (key) =>
        `<Contents><Key>${key}</Key><LastModified>2020-01-01T00:00:00.000Z</LastModified><Size>${objects.get(key)?.length}</Size></Contents>`,
    );
  const last = keys.length > PAGE ? keys[PAGE - 1] : undefined;
  const next = last === undefined ? "" : `<NextContinuationToken>after+${last}</NextContinuationToken>`;
  return xml("ListBucketResult", `${items.join("")}${next}`);
}

/** Computed here once more, after the AWS documentation, so that the client is not measured by itself. */
function isSigned(request: IncomingMessage, body: Buffer): boolean {
  const pattern =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/;
  const [, accessKey, day = "", region = "", names = "", signature = ""] =
    pattern.exec(request.headers.authorization ?? "") ?? [];
  const hash = sha256(body);
  if (accessKey !== SECRET.accessKey || region !== "here-1") return false;
  if (request.headers["x-amz-content-sha256"] !== hash || !names.split(";").includes("host")) return false;
  const url = new URL(request.url ?? "/", "http://bucket.test");
  const query = [...url.searchParams]
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .toSorted()
    .join("&");
  const headers = names.split(";").map((name) => `${name}:${String(request.headers[name] ?? "").trim()}\n`);
  const canonical = [request.method, url.pathname, query, headers.join(""), names, hash].join("\n");
  const scope = `${day}/${region}/s3/aws4_request`;
  const text = [
    "AWS4-HMAC-SHA256",
    request.headers["x-amz-date"],
    scope,
    sha256(Buffer.from(canonical)),
  ].join("\n");
  const key = [day, region, "s3", "aws4_request"].reduce<Buffer>(
    (secret, part) => hmac(secret, part),
    Buffer.from(`AWS4${SECRET.secretKey}`),
  );
  return timingSafeEqual(hmac(key, text), Buffer.from(signature, "hex"));
}

const sha256 = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");
const hmac = (key: Buffer, text: string) => createHmac("sha256", key).update(text).digest();
const encode = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);

function xml(name: string, inner: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${name} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${inner}</${name}>`;
}

function send(
  response: ServerResponse,
  status: number,
  body: string | Buffer,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, headers);
  response.end(body);
}
