import type { EventFacts } from "../../server/domain/note.ts";
import { pageOf, plain } from "./from-actor.ts";
import { isJson, listOf, textOf, timeOf, typesOf, webAddress, type Json } from "./json.ts";

const MAX_PLACE = 300;

/**
 * When and where an Event is (FEP-8a8e); null when it is none. Places are names, Place objects with an address (text or
 * schema.org PostalAddress) and virtual rooms with nothing but a link, as Mobilizon, Gancio and WordPress send them.
 */
export function eventOf(json: Json): EventFacts | null {
  if (!typesOf(json).includes("Event")) return null;
  const places = listOf(json["location"]);
  const words = places.map(placeOf).filter((place) => place !== "");
  const endsAt = timeOf(json["endTime"]);
  const startsAt = timeOf(json["startTime"]);
  return {
    startsAt,
    endsAt: endsAt !== null && startsAt !== null && endsAt < startsAt ? null : endsAt,
    place: words.length === 0 ? null : plain(words.join("; "), MAX_PLACE),
    placeUrl: places.map(linkOf).find((link) => link !== null) ?? null,
    isCancelled: [json["status"], json["eventStatus"]].some((status) =>
      /cancell?ed$/i.test(textOf(status) ?? ""),
    ),
  };
}

function placeOf(place: unknown): string {
  if (typeof place === "string") return webAddress(place) === null ? place.trim() : "";
  if (!isJson(place)) return "";
  const name = textOf(place["name"]) ?? "";
  const address = addressOf(place["address"]);
  return address === "" || name.includes(address) ? name.trim() : [name, address].filter(Boolean).join(", ");
}

function addressOf(address: unknown): string {
  if (!isJson(address)) return textOf(address) ?? "";
  const parts = ["streetAddress", "postalCode", "addressLocality", "addressRegion", "addressCountry"].map(
    (key) => textOf(address[key])?.trim() ?? "",
  );
  return parts.filter((part) => part !== "").join(", ");
}

function linkOf(place: unknown): string | null {
  return isJson(place) ? pageOf(place["url"], "text/html") : webAddress(place);
}
