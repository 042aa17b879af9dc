// A browser in front of the page that lets apps in, without being one.

import { createHash, randomBytes } from "node:crypto";
import { CredentialApplication, Token } from "../../api/entities/clients.ts";
import type { Member } from "../support/instance.ts";
import { ask, type Asked, type Served } from "./client.ts";

export const CALLBACK = "https://app.test/callback";

/** Registers an app. */
export async function anApp(
  served: Served,
  app: Readonly<Record<string, unknown>> = {},
): Promise<CredentialApplication> {
  const { json, status } = await ask(served, "POST", "/api/v1/apps", {
    body: { client_name: "Seal", redirect_uris: CALLBACK, scopes: "read write follow push", ...app },
  });
  if (status !== 200) throw new Error(JSON.stringify(json));
  return CredentialApplication.parse(json);
}

export type Shown = {
  readonly status: number;
  readonly location: string | null;
  readonly headers: Headers;
  readonly text: string;
};

type Fields = Readonly<Record<string, string | undefined>>;

/** The parameters with which an app usually asks. */
export function usual(app: { readonly client_id: string }, more: Fields = {}): Fields {
  return {
    response_type: "code",
    client_id: app.client_id,
    redirect_uri: CALLBACK,
    scope: "read write",
    state: "xyz",
    ...more,
  };
}

function formOf(fields: Fields): URLSearchParams {
  return new URLSearchParams(
    Object.entries(fields).filter((pair): pair is [string, string] => pair[1] !== undefined),
  );
}

/** A page as a browser with this session asks for it; `fields` are sent as a form. */
export async function browse(
  { instance, origin }: Served,
  member: Pick<Member, "sessionToken"> | null,
  path: string,
  fields?: Fields,
  headers: Readonly<Record<string, string>> = {},
): Promise<Shown> {
  const response = await instance.fetch(
    new Request(new URL(path, origin), {
      redirect: "manual",
      headers: {
        accept: "text/html",
        ...(member === null ? {} : { cookie: `session=${member.sessionToken}` }),
        ...(fields === undefined ? {} : { origin, "sec-fetch-site": "same-origin" }),
        ...headers,
      },
      ...(fields === undefined ? {} : { method: "POST", body: formOf(fields) }),
    }),
    { ip: "203.0.113.9" },
  );
  return {
    status: response.status,
    location: response.headers.get("location"),
    headers: response.headers,
    text: await response.text(),
  };
}

/** Opens the page on which an app asks. */
export async function openConsent(
  served: Served,
  member: Pick<Member, "sessionToken"> | null,
  fields: Fields,
): Promise<Shown> {
  return await browse(served, member, `/oauth/authorize?${formOf(fields).toString()}`);
}

/** The hidden fields of a page's form. */
export function hiddenFields(text: string): Readonly<Record<string, string>> {
  const inputs = text.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)">/g);
  return Object.fromEntries([...inputs].map(([, name = "", value = ""]) => [name, unescaped(value)]));
}

function unescaped(html: string): string {
  return html
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&amp;", "&");
}

/** Opens the page and presses one of its buttons. */
export async function answerConsent(
  served: Served,
  member: Pick<Member, "sessionToken">,
  fields: Fields,
  answer: "allow" | "deny" = "allow",
): Promise<Shown> {
  const { text, status } = await openConsent(served, member, fields);
  if (status !== 200) throw new Error(`The page answered ${status}.`);
  // The forms of the foot have fields of their own.
  const form =
    /<form class="stack card" method="post" action="\/oauth\/authorize">.*?<\/form>/s.exec(text)?.[0] ?? "";
  return await browse(served, member, "/oauth/authorize", { ...hiddenFields(form), answer });
}

/** A code that a person gives an app. */
export async function aCode(
  served: Served,
  member: Pick<Member, "sessionToken">,
  fields: Fields,
): Promise<string> {
  const { location, status } = await answerConsent(served, member, fields);
  const code = location === null ? null : new URL(location).searchParams.get("code");
  if (status !== 303 || code === null) throw new Error(`No code but ${status} ${location}`);
  return code;
}

/** Asks the token endpoint, as a form. */
export async function askToken(
  served: Served,
  fields: Fields,
  headers: Readonly<Record<string, string>> = {},
): Promise<Asked> {
  return await ask(served, "POST", "/oauth/token", { body: formOf(fields), headers });
}

/** What an app sends for a code. */
export function redemption(app: CredentialApplication, code: string, more: Fields = {}): Fields {
  return {
    grant_type: "authorization_code",
    client_id: app.client_id,
    client_secret: app.client_secret,
    redirect_uri: CALLBACK,
    code,
    ...more,
  };
}

/** An app that a person has let in, with its token. */
export async function letIn(
  served: Served,
  member: Pick<Member, "sessionToken">,
  app: CredentialApplication,
  more: Fields = {},
): Promise<Token> {
  const code = await aCode(served, member, usual(app, more));
  const { json } = await askToken(served, redemption(app, code));
  return Token.parse(json);
}

/** A verifier and its challenge (RFC 7636). */
export function pkce(): { readonly verifier: string; readonly challenge: string } {
  const verifier = randomBytes(32).toString("base64url");
  return { verifier, challenge: createHash("sha256").update(verifier).digest("base64url") };
}
