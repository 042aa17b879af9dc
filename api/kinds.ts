// Kinds of parameters, as clients really send them: numbers and booleans as text, empty text for nothing, one thing where a
// list is meant. What is of another kind is refused; what is unknown is left alone.

import { z } from "zod";
import type { Id } from "../server/domain/ids.ts";
import { parseId } from "../server/domain/ids.ts";
import type { PageRequest } from "../server/domain/note.ts";
import { notFound } from "../server/errors.ts";
import { storable } from "./params.ts";

const TRUE: ReadonlySet<unknown> = new Set([true, 1, "true", "True", "TRUE", "1", "on", "yes", "t"]);
const FALSE: ReadonlySet<unknown> = new Set([false, 0, "false", "False", "FALSE", "0", "off", "no", "f"]);

/** Nothing, however it is spelled. */
function given(value: unknown): unknown {
  return value === "" || value === null ? undefined : value;
}

/** True or false in all the ways in which clients say it (toot: `True`, Mastodon.py: `1`). */
export const flag = z.preprocess((value) => {
  if (TRUE.has(value)) return true;
  return FALSE.has(value) ? false : given(value);
}, z.boolean().optional());

/** A text; empty counts as given. Numbers are written out. */
export const text = z.preprocess(
  (value) => (typeof value === "number" ? String(value) : (value ?? undefined)),
  z
    .string()
    .transform((words) => storable(words))
    .optional(),
);

/** A text that counts as left out when it is empty. */
export const word = z.preprocess(
  (value) => (typeof value === "number" ? String(value) : given(value)),
  z
    .string()
    .transform((words) => storable(words))
    .optional(),
);

/** One of some words. */
export function oneOf<const T extends readonly [string, ...string[]]>(words: T) {
  return z.preprocess(given, z.enum(words).optional());
}

/** A whole number. */
export function whole(min: number, max: number) {
  return z.preprocess(
    (value) => (typeof value === "string" && /^-?\d{1,15}$/.test(value) ? Number(value) : given(value)),
    z.number().int().min(min).max(max).optional(),
  );
}

/** How many of something: whatever is asked for, no more than `max` come. */
export function limit(standard: number, max: number) {
  return z
    .preprocess(
      (value) => (typeof value === "string" && /^-?\d{1,15}$/.test(value) ? Number(value) : given(value)),
      z
        .number()
        .optional()
        .transform((wanted) => Math.min(Math.max(Math.trunc(wanted ?? standard) || standard, 1), max)),
    )
    .meta({ type: "integer", minimum: 1, maximum: max, description: `${standard} when left out` });
}

/** An id in a body or a query; left out when empty. */
export function id<T extends Id>() {
  return z.preprocess(
    (value) => (typeof value === "number" ? String(value) : given(value)),
    z
      .string()
      .regex(/^\d{1,20}$/)
      .transform((digits) => parseId<T>(digits) ?? (0 as T))
      .optional(),
  );
}

/** An id in an address. What cannot be one is nobody's. */
export function pathId<T extends Id>() {
  return z.string().transform((digits) => {
    const found = parseId<T>(digits);
    if (found === null) throw notFound();
    return found;
  });
}

/** A list; a single value is a list of one, nothing is an empty one. */
export function listOf<T extends z.ZodType>(item: T, max = 100) {
  return z.preprocess((value) => {
    if (value === undefined || value === null || value === "") return [];
    return Array.isArray(value) ? value : [value];
  }, z.array(item).max(max));
}

/** A list where leaving it out means something else than an empty one; numbered things (`{"0": …}`) are a list, too. */
export function givenList<T extends z.ZodType>(item: T, max = 100) {
  return z.preprocess((value) => {
    if (value === undefined || value === null) return undefined;
    if (value === "") return [];
    if (Array.isArray(value)) return value;
    const isNumbered =
      typeof value === "object" && Object.keys(value).every((name) => /^\d{1,4}$/.test(name));
    return isNumbered ? Object.values(value) : [value];
  }, z.array(item).max(max).optional());
}

/** Ids in a list. What cannot be one is left out: it names nothing. */
export function idsOf<T extends Id>(max = 100) {
  return listOf(z.union([z.string(), z.number()]), max).transform((all) =>
    all.flatMap((one) => {
      const found = parseId<T>(String(one));
      return found === null ? [] : [found];
    }),
  );
}

/** A file; a text in its place counts as left out (clients send empty ones). */
export const file = z.preprocess(
  (value) => (value instanceof File && value.size > 0 ? value : undefined),
  z.instanceof(File).optional(),
);

/** Cursors of a list: Mastodon's three ids and a limit. */
export function paging(standard: number, max: number) {
  return { max_id: id(), since_id: id(), min_id: id(), limit: limit(standard, max) };
}

type Paging = {
  readonly max_id?: number | undefined;
  readonly since_id?: number | undefined;
  readonly min_id?: number | undefined;
  readonly limit: number;
};

/**
 * The page that is asked for: `min_id` is the page right above it, oldest first in the walk; `since_id` the newest page, cut
 * there.
 */
export function pageOf({ max_id, since_id, min_id, limit: size }: Paging): PageRequest {
  if (min_id !== undefined) return { after: min_id, before: max_id, limit: size };
  if (since_id !== undefined)
    return { after: since_id, before: max_id ?? Number.MAX_SAFE_INTEGER, limit: size };
  return { before: max_id, limit: size };
}

/** The number of a rule, as apps send it: a word or a number. */
export const ruleNumber = z
  .union([z.string().regex(/^\d{1,9}$/), z.number().int().nonnegative()])
  .transform(String);
