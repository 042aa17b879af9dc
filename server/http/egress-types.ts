// What the outgoing door takes and gives.
import type { Dispatcher } from "undici";
import type { Http } from "../context.ts";
import type { EgressRules } from "./egress-dispatcher.ts";
import type { PostAnswer, PostRequest } from "./egress-post.ts";

export type EgressOptions = EgressRules & { readonly userAgent: string };

export type EgressRequest = {
  readonly url: string;
  readonly method?: "GET" | "POST" | "HEAD" | "PUT" | "PATCH" | "DELETE";
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
  /** Of the body after inflation; default 1 MiB. */
  readonly maxBytes?: number;
  /** For everything together, waiting in the queue and redirects included; default 10 s. */
  readonly timeoutMs?: number;
  /** Default 3. With 0 the redirect itself is the response. Only GET and HEAD are ever redirected. */
  readonly maxRedirects?: number;
  /** Headers for the next hop, so that a signed GET is signed again for each; the old signature is dropped. */
  readonly onRedirect?: (nextUrl: string) => Promise<Record<string, string>> | Record<string, string>;
  readonly signal?: AbortSignal;
};

export type EgressResponse = {
  readonly status: number;
  /** Of the last hop, in canonical form. */
  readonly url: string;
  readonly headers: Headers;
  /** Inflated; `Content-Encoding` and `Content-Length` are gone from `headers`. */
  readonly body: Uint8Array<ArrayBuffer>;
  readonly truncated?: never;
};

export type Egress = {
  /**
   * @throws {EgressError} with a kind and a text that is safe to show; a status of 4xx or 5xx is no error.
   */
  fetch(request: EgressRequest): Promise<EgressResponse>;
  /** Posts without a look at more than the status; for deliveries, whose sender judges blocked hosts. */
  post(request: PostRequest): Promise<PostAnswer>;
  /** Hands the body on while it comes; for films, which are too large to be held. */
  readonly stream: Http["stream"];
  /** For libraries that take an undici dispatcher: the same rules for addresses, 1 MiB on the wire. */
  readonly dispatcher: Dispatcher;
  close(): Promise<void>;
};
