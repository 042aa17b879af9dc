import {
  ACTOR_KINDS,
  type ActorKind,
  PROFILE_LIMITS,
  type ProfileField,
  type ReceivedActor,
  type ReceivedActorExtras,
} from "../../server/domain/actor.ts";
import type { ReceivedRule } from "../../server/domain/policy.ts";
import { emojisOf } from "./from-emoji.ts";
import {
  countOf,
  hostOf,
  iriOf,
  irisOf,
  isJson,
  listOf,
  sameOrigin,
  textOf,
  timeOf,
  typesOf,
  webAddress,
  type Json,
} from "./json.ts";

/** Sizes that a remote profile is cut to; larger ones are padding, not profiles. */
const MAX = {
  name: 200,
  username: 128,
  bio: 20_000,
  fields: 16,
  fieldName: 200,
  fieldValue: 2_000,
  aliases: 30,
  implements: 30,
};

/**
 * A remote actor in normal form as the domain takes it; null when it is no usable actor. HTML is handed over as it came:
 * services sanitise it.
 * @param host the host of the handle as WebFinger confirmed it, or null to use the host of the uri.
 */
export function fromActor(json: Json, host: string | null = null): ReceivedActor | null {
  const uri = webAddress(iriOf(json["id"]));
  const kind = kindOf(json);
  if (uri === null || kind === null) return null;
  const inboxUri = onOrigin(json["inbox"], uri);
  const username = usernameOf(json, uri);
  // An inbox elsewhere would make us deliver to a third party on somebody's word (threats ORI-13).
  if (inboxUri === null || username === null) return null;
  const endpoints = isJson(json["endpoints"]) ? json["endpoints"] : {};
  return {
    uri,
    url: pageOf(json["url"], "text/html") ?? uri,
    kind,
    username,
    host: (host ?? hostOf(uri) ?? "").toLowerCase(),
    name: plain(textOf(json["name"]), MAX.name) || username,
    bioHtml: (textOf(json["summary"]) ?? mapped(json["summaryMap"]) ?? "").slice(0, MAX.bio),
    fields: fieldsOf(json["attachment"]),
    avatarUrl: pictureOf(json["icon"]),
    headerUrl: pictureOf(json["image"]),
    locked: json["manuallyApprovesFollowers"] === true,
    discoverable: json["discoverable"] === true,
    indexable: json["indexable"] === true,
    inboxUri,
    sharedInboxUri: onOrigin(endpoints["sharedInbox"] ?? json["sharedInbox"], uri),
    outboxUri: onOrigin(json["outbox"], uri),
    followersUri: onOrigin(json["followers"], uri),
    followingUri: onOrigin(json["following"], uri),
    featuredUri: onOrigin(json["featured"], uri),
    followersCount: totalOf(json["followers"]),
    followingCount: totalOf(json["following"]),
    notesCount: totalOf(json["outbox"]),
    publishedAt: timeOf(json["published"]),
    emojis: emojisOf(json["tag"]),
    extras: extrasOf(json, uri),
  };
}

/** What it says about itself beyond what it is; claims about others (aliases, a new home) are for services to check. */
function extrasOf(json: Json, uri: string): ReceivedActorExtras {
  const addresses = (value: unknown): readonly string[] =>
    [...new Set(irisOf(value).flatMap((iri) => webAddress(iri) ?? []))].filter((iri) => iri !== uri);
  const movedTo = addresses(json["movedTo"])[0] ?? null;
  return {
    alsoKnownAs: addresses(json["alsoKnownAs"]).slice(0, MAX.aliases),
    movedToUri: movedTo,
    canFeature: canFeature(json["interactionPolicy"]),
    memorial: json["memorial"] === true,
    suspended: json["suspended"] === true,
    featuredTagsUri: onOrigin(json["featuredTags"], uri),
    collectionsUri: onOrigin(json["featuredCollections"], uri),
    attributionDomains: domainsOf(json["attributionDomains"]),
    implements: implementsOf(json),
    // Said by Mastodon since 4.6; whoever says nothing hides nothing.
    shows: {
      featured: json["showFeatured"] !== false,
      media: json["showMedia"] !== false,
      mediaOfReplies: json["showRepliesInMedia"] !== false,
    },
    // Read from the document as it came: from-identity.ts.
    identity: null,
    keyPrints: null,
  };
}

/** Who may feature the actor (FEP-7aa9): saying nothing is a no. */
function canFeature(policy: unknown): ReceivedRule | null {
  const rule = isJson(policy) ? policy["canFeature"] : null;
  if (!isJson(rule)) return null;
  return {
    automatic: irisOf(rule["automaticApproval"]).slice(0, MAX.aliases),
    manual: irisOf(rule["manualApproval"]).slice(0, MAX.aliases),
  };
}

/** Host names; Mastodon's context calls them IRIs, so that JSON-LD may have made relative addresses of them. */
function domainsOf(value: unknown): readonly string[] {
  const names = listOf(value).map((item) => (isJson(item) ? textOf(item["id"]) : textOf(item)) ?? "");
  const hosts = names.map((name) => name.toLowerCase()).filter((name) => /^[a-z0-9.-]{1,253}$/.test(name));
  return [...new Set(hosts)].slice(0, PROFILE_LIMITS.domains);
}

/** FEP-844e: links of the application behind the actor (`generator`), or of the actor that is one. */
function implementsOf(json: Json): readonly string[] {
  const generator = json["generator"];
  const links = listOf(
    isJson(generator) ? (generator["implements"] ?? json["implements"]) : json["implements"],
  );
  const uris = links.flatMap((link) => webAddress(isJson(link) ? (link["href"] ?? link["id"]) : link) ?? []);
  return [...new Set(uris)].slice(0, MAX.implements);
}

/** The address of a page for people: an IRI, or the best of several Links. */
export function pageOf(value: unknown, mediaType: string): string | null {
  const items = listOf(value);
  const preferred = items.find(
    (item) => isJson(item) && String(item["mediaType"] ?? "").startsWith(mediaType),
  );
  for (const item of preferred === undefined ? items : [preferred, ...items]) {
    const address = webAddress(isJson(item) ? (item["href"] ?? item["url"]) : item);
    if (address !== null) return address;
  }
  return null;
}

/** Plain text of at most `length` characters, control and direction characters taken out (threats XSS-19). */
export function plain(text: string | null, length: number): string {
  const clean = (text ?? "").replace(
    /[\u0000-\u001f\u007f-\u009f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g,
    " ",
  );
  return [...clean.trim()].slice(0, length).join("");
}

function kindOf(json: Json): ActorKind | null {
  const types = typesOf(json);
  return ACTOR_KINDS.find((kind) => types.includes(kind)) ?? null;
}

/** `preferredUsername`, or the last part of the id for the few servers that have none. */
function usernameOf(json: Json, uri: string): string | null {
  const given =
    textOf(json["preferredUsername"]) ?? new URL(uri).pathname.split("/").filter(Boolean).at(-1) ?? "";
  const username = plain(given, MAX.username).replace(/^@/, "");
  return /^[\p{L}\p{N}_.~-]+$/u.test(username) ? username : null;
}

/** An address on the actor's own origin, by itself or as the id of an embedded collection. */
function onOrigin(value: unknown, uri: string): string | null {
  const address = webAddress(iriOf(value));
  return address !== null && sameOrigin(address, uri) ? address : null;
}

function totalOf(collection: unknown): number | null {
  return isJson(collection) ? countOf(collection["totalItems"]) : null;
}

/** The address of the first image of `icon` or `image`, which come as IRIs, Images, Links and lists of them. */
function pictureOf(value: unknown): string | null {
  for (const item of listOf(value)) {
    const address = isJson(item)
      ? (pageOf(item["url"], "image/") ?? webAddress(item["href"]))
      : webAddress(item);
    if (address !== null) return address;
  }
  return null;
}

/** schema.org PropertyValue, as Mastodon made it common. */
function fieldsOf(attachment: unknown): readonly ProfileField[] {
  const fields: ProfileField[] = [];
  for (const item of listOf(attachment)) {
    if (!isJson(item) || !typesOf(item).some((type) => type.endsWith("PropertyValue"))) continue;
    const name = plain(textOf(item["name"]), MAX.fieldName);
    const valueHtml = (textOf(item["value"]) ?? "").slice(0, MAX.fieldValue);
    if (name !== "" && fields.length < MAX.fields) fields.push({ name, valueHtml, verifiedAt: null });
  }
  return fields;
}

function mapped(value: unknown): string | null {
  return isJson(value) ? textOf(Object.values(value)[0]) : null;
}
