// Here: what every door shares about HTTP: guards before parsing, addresses, the outgoing door, limits, headers.
// May be imported by: the doors (api, web, federation) and server/app.ts; never by domain, text, store or services.
// This file: the few things that every activity must be before anybody thinks about what it means.

type Json = Readonly<Record<string, unknown>>;

/** Longer identifiers are attacks on indexes. */
const MAX_ID_LENGTH = 2_048;
/** An activity to more people than this is a mailing list in the wrong place. */
const MAX_ADDRESSEES = 256;
const ADDRESSING = ["to", "cc", "bto", "bcc", "audience"];

/**
 * Says what is wrong with the shape of an activity, `null` when nothing: `@context` present, `id` an absolute http(s)
 * IRI (ActivityPub 3.1), one `type`, one `actor` (IRI or object with `id`), few enough addressees.
 */
export function activityShapeFault(activity: Json): string | null {
  if (activity["@context"] === undefined) return "no @context";
  if (!isWebIri(activity["id"])) return "id is not an absolute http(s) IRI";
  if (typeof activity["type"] !== "string" || activity["type"] === "") return "not exactly one type";
  const actor = activity["actor"];
  if (!isWebIri(isObject(actor) ? actor["id"] : actor)) return "not exactly one actor";
  const object = activity["object"];
  const audiences = isObject(object) ? [activity, object] : [activity];
  return audiences.some((one) => countAddressees(one) > MAX_ADDRESSEES) ? "too many addressees" : null;
}

/** True for a parsed JSON value that is an object and no array. */
export function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isWebIri(value: unknown): boolean {
  if (typeof value !== "string" || value.length > MAX_ID_LENGTH) return false;
  // URL parsers read `\` as `/`: `https://a\@b/` has the host of whoever reads it (threats ORI-11).
  if (!/^https?:\/\/[^\s/]/.test(value) || /[\u0000-\u0020\u007f\\]/.test(value) || !URL.canParse(value))
    return false;
  const url = new URL(value);
  return url.username === "" && url.password === "";
}

function countAddressees(node: Json): number {
  return ADDRESSING.map((name) => node[name])
    .map((value) => (Array.isArray(value) ? value.length : value === undefined ? 0 : 1))
    .reduce((sum, count) => sum + count, 0);
}
