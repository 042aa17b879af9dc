// What people typed: urlencoded and multipart bodies, faults by field, and the outcome of a submit.

import type { z } from "zod";
import { CausewayError, invalid } from "../server/errors.ts";
import type { FieldFaults, Message } from "../server/errors.ts";
import { readBody } from "../server/http/body.ts";
import { knownFault } from "../server/services/operations/storage-faults.ts";
import type { Form } from "./form.ts";
import { withRoom } from "./form-room.ts";
import type { WebContext } from "./visit.ts";

/** Why a submit did not go through: an HTTP status, faults at their fields, and a sentence about the whole. */
export type Refusal = {
  readonly status: 401 | 403 | 409 | 422 | 429 | 502 | 503;
  readonly faults: FieldFaults;
  readonly general: Message | null;
  readonly retryAfterSeconds?: number | undefined;
};

export type Outcome<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly refusal: Refusal };

/** What a form component draws: what is typed and what is wrong with it. */
export type FormState = {
  value(name: string): string;
  values(name: string): readonly string[];
  readonly refusal: Refusal | null;
};

/** Room for a note of 5,000 characters, percent-encoded, and everything beside it. */
const TEXT_FORM_BYTES = 256 * 1024;
/** Four pictures of 16 MiB with their texts. */
const PICTURE_FORM_BYTES = 65 * 1024 * 1024;

/**
 * Reads the body once; later calls get the same answer.
 * @throws invalid when it is no form, or (`error.too_large`) too big for one.
 */
export async function readForm(c: WebContext): Promise<Form> {
  const known = c.get("form");
  if (known !== undefined) return known;
  const type = c.req.header("content-type") ?? "";
  const isMultipart = type.toLowerCase().startsWith("multipart/form-data");
  const { app, viewer } = c.get("visit");
  const read = () => readParts(c.req.raw, type, isMultipart ? PICTURE_FORM_BYTES : TEXT_FORM_BYTES);
  const form =
    isMultipart && !isSmall(c) ? await withRoom(app, viewer ? "members" : "visitors", read) : await read();
  // Nobody without an account can give us files: they are let go at once.
  const kept = viewer === null ? formOf(form.entries) : form;
  c.set("form", kept);
  return kept;
}

/** A body that says how long it is, and that is not more than a form of text. */
function isSmall(c: WebContext): boolean {
  const length = c.req.header("content-length");
  return length !== undefined && Number(length) <= TEXT_FORM_BYTES;
}

async function readParts(request: Request, type: string, maxBytes: number): Promise<Form> {
  const body = await readBody(request, maxBytes);
  if (body === "too_large") throw new CausewayError("invalid", "error.too_large");
  return await parseForm(body, type);
}

async function parseForm(body: Uint8Array<ArrayBuffer>, type: string): Promise<Form> {
  let data: FormData;
  try {
    data = await new Response(body, { headers: { "Content-Type": type } }).formData();
  } catch (cause) {
    throw new CausewayError("invalid", "error.invalid", { cause });
  }
  const entries: (readonly [string, string])[] = [];
  const files = new Map<string, File[]>();
  for (const [name, value] of data.entries()) {
    if (typeof value === "string") entries.push([name, storable(value)]);
    else if (value.size > 0) files.set(name, [...(files.get(name) ?? []), value]);
  }
  return { ...formOf(entries), files: (name) => files.get(name) ?? [] };
}

/** One kind of line end, and no characters that no database takes: PostgreSQL refuses NUL, UTF-8 half a pair. */
function storable(text: string): string {
  return text.replaceAll("\r\n", "\n").replaceAll("\0", "\uFFFD").toWellFormed();
}

/** A form out of plain entries, without files. */
export function formOf(entries: readonly (readonly [string, string])[]): Form {
  const all = (name: string) => entries.filter(([key]) => key === name).map(([, value]) => value);
  return {
    entries,
    all,
    text: (name) => all(name).at(-1) ?? "",
    has: (name) => entries.some(([key]) => key === name),
    files: () => [],
  };
}

/** The bytes of an uploaded file. */
export async function bytesOf(file: File): Promise<Uint8Array> {
  return new Uint8Array(await file.arrayBuffer());
}

/** A form before anything was typed. */
export function freshForm(defaults: Readonly<Record<string, string | readonly string[]>> = {}): FormState {
  const values = (name: string): readonly string[] => {
    const value = defaults[name];
    if (value === undefined) return [];
    return typeof value === "string" ? [value] : value;
  };
  return { values, value: (name) => values(name).at(-1) ?? "", refusal: null };
}

/** A refusal whose fault at one field is shown at another: where a page has the same form more than once. */
export function faultMoved(refusal: Refusal, from: string, to: string): Refusal {
  const faults = Object.entries(refusal.faults).map(([name, fault]) => [name === from ? to : name, fault]);
  return { ...refusal, faults: Object.fromEntries(faults) as FieldFaults };
}

/** A form that comes back, with everything typed. Passwords are not sent back. */
export function returnedForm(form: Form, refusal: Refusal | null): FormState {
  return { values: form.all, value: form.text, refusal };
}

/**
 * Checks fields with a zod schema whose messages are message keys.
 * @throws invalid with a fault per field; `{max}` and `{min}` come from the schema.
 */
export function parseFields<T>(schema: z.ZodType<T>, fields: Readonly<Record<string, unknown>>): T {
  const result = schema.safeParse(fields);
  if (result.success) return result.data;
  throw invalid(
    Object.fromEntries(result.error.issues.map((issue) => [String(issue.path[0]), faultOf(issue)])),
  );
}

function faultOf(issue: z.core.$ZodIssue): Message {
  const key = issue.message.startsWith("field.") ? issue.message : "error.invalid";
  if (issue.code === "too_big") return { key, params: { max: Number(issue.maximum) } };
  if (issue.code === "too_small") return { key, params: { min: Number(issue.minimum) } };
  return { key };
}

/** Runs a use case for a form: what the person can mend comes back as a refusal, everything else is thrown. */
export async function attempt<T>(work: () => Promise<T>): Promise<Outcome<T>> {
  try {
    return { ok: true, value: await work() };
  } catch (thrown) {
    const error = knownFault(thrown);
    const refusal = refusalOf(error);
    if (refusal === null) throw error;
    return { ok: false, refusal };
  }
}

function refusalOf(error: unknown): Refusal | null {
  if (!(error instanceof CausewayError)) return null;
  const status = statusOfRefusal(error);
  if (status === null) return null;
  const named = Object.keys(error.fields).length > 0;
  return {
    status,
    faults: error.fields,
    general: named ? null : { key: error.key, params: error.params },
    retryAfterSeconds: error.retryAfterSeconds,
  };
}

function statusOfRefusal(error: CausewayError): Refusal["status"] | null {
  switch (error.kind) {
    case "invalid":
      return 422;
    case "conflict":
      return 409;
    case "too_many":
      return 429;
    case "remote_failed":
      return 502;
    case "unavailable":
      return 503;
    case "forbidden":
      return 403;
    case "unauthenticated":
      // A wrong password is the person's to mend; a lost session is not, and gets the login page.
      return error.key === "error.unauthenticated" ? null : 401;
    case "not_found":
    case "gone":
    case "withheld":
      return null;
    default: {
      const unknown: never = error.kind;
      return unknown;
    }
  }
}
