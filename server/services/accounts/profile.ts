import type { App } from "../../context.ts";
import { PROFILE_LIMITS, type Viewer } from "../../domain/actor.ts";
import { asId } from "../../domain/ids.ts";
import { CausewayError, invalid, type Message, notFound } from "../../errors.ts";
import { type ActorRow, findActorById, updateActor } from "../../store/actors.ts";
import { flag, fromJson, isSet, toJson } from "../../store/codec.ts";
import { transaction } from "../../store/database.ts";
import { enqueue } from "../../store/jobs.ts";
import { cleanName, normalizeText } from "../../text/entities.ts";
import { escapeHtml, safeHttpUrl } from "../../text/sanitize.ts";
import { renderMarkup } from "../../text/markup.ts";
import { emojiColumn, ownEmojisIn } from "../notes/emojis.ts";
import { federate } from "../federation/federate.ts";
import { requestLinkCheck } from "../actors/links.ts";
import { forgetInstance } from "../instance/recent-view.ts";
import { storeImage } from "../media/encoder.ts";
import { laterLookAtProfile } from "../moderation/profile-looks.ts";
import { fromNowhere } from "../moderation/withheld-here.ts";
import { actorView } from "../views.ts";

/** Characters of a name, a text and a field, and fields at most. */
export const PROFILE_TEXTS = { name: 60, bio: 2000, fields: 16, field: 255 } as const;
const LIMITS = PROFILE_TEXTS;

export type ProfileForm = {
  readonly name: string;
  readonly bioSource: string;
  readonly fields: readonly { readonly name: string; readonly value: string }[];
  readonly locked: boolean;
  readonly bot: boolean;
  readonly discoverable: boolean;
  readonly indexable: boolean;
  /** Followers and followees are counted, not listed. */
  readonly hidesRelations: boolean;
  /** Hosts of sites that may name the person as an author. */
  readonly attributionDomains: readonly string[];
  /** Pinned notes and tags have a place on the profile, also on other servers. */
  readonly showsFeatured: boolean;
  /** Media, and media of replies, have a place of their own on the profile. */
  readonly showsMedia: boolean;
  readonly showsMediaOfReplies: boolean;
  readonly avatarUrl: string | null;
  readonly headerUrl: string | null;
};

/** A field as stored: what was typed beside what it became. */
type StoredField = {
  readonly name: string;
  readonly value: string;
  readonly valueHtml: string;
  readonly verifiedAt: number | null;
};

/** What the profile form starts from. */
export async function getProfileForm(app: App, viewer: Viewer): Promise<ProfileForm> {
  return toProfileForm(app, await own(app, viewer));
}

/** The same of a row that is read already. */
export function toProfileForm(app: App, row: ActorRow): ProfileForm {
  const view = fromNowhere(() => actorView(app, row));
  return {
    name: row.name,
    bioSource: row.bio_source,
    fields: fromJson<readonly StoredField[]>(row.fields, []).map(({ name, value }) => ({ name, value })),
    locked: view.locked,
    bot: row.kind === "Service",
    discoverable: view.discoverable,
    indexable: isSet(row.indexable),
    hidesRelations: view.hidesRelations,
    attributionDomains: fromJson<readonly string[]>(row.attribution_domains, []),
    showsFeatured: view.showsFeatured,
    showsMedia: view.showsMedia,
    showsMediaOfReplies: view.showsMediaOfReplies,
    avatarUrl: view.avatarUrl,
    headerUrl: view.headerUrl,
  };
}

async function own(app: App, viewer: Viewer): Promise<ActorRow> {
  const row = await findActorById(app.db, viewer.actorId);
  if (row === undefined) throw notFound();
  return row;
}

export type ProfileChange = {
  readonly name?: string | undefined;
  readonly bioSource?: string | undefined;
  readonly fields?: readonly { readonly name: string; readonly value: string }[] | undefined;
  readonly locked?: boolean | undefined;
  readonly bot?: boolean | undefined;
  readonly discoverable?: boolean | undefined;
  readonly indexable?: boolean | undefined;
  readonly hidesRelations?: boolean | undefined;
  readonly attributionDomains?: readonly string[] | undefined;
  readonly showsFeatured?: boolean | undefined;
  readonly showsMedia?: boolean | undefined;
  readonly showsMediaOfReplies?: boolean | undefined;
  readonly avatar?: Uint8Array | "remove" | undefined;
  readonly header?: Uint8Array | "remove" | undefined;
};

/** Changes the person's profile and tells other servers. @throws invalid with fields */
export async function updateProfile(app: App, viewer: Viewer, change: ProfileChange): Promise<void> {
  const before = await own(app, viewer);
  checkLengths(change);
  const avatar = await newPicture(app, change.avatar, "avatar");
  const header = await newPicture(app, change.header, "header");
  const columns = {
    ...textColumns(app, change, before),
    ...choiceColumns(change),
    ...(avatar === undefined ? {} : { avatar }),
    ...(header === undefined ? {} : { header }),
  };
  if (Object.keys(columns).length === 0) return;
  const emojis = emojiColumn(await ownEmojisIn(app, ...textsOf({ ...before, ...columns })));
  const replaced = [avatar === undefined ? null : before.avatar, header === undefined ? null : before.header];
  await transaction(app.db, async (tx) => {
    await updateActor(tx, viewer.actorId, { ...columns, emojis });
    if (change.fields !== undefined) await requestLinkCheck(app, tx, viewer.actorId);
    await laterLookAtProfile(app, tx, viewer.actorId);
    await federate(app, tx, viewer.actorId, {
      type: "actor.updated",
      activityId: asId(app.ids.next()),
      actorId: viewer.actorId,
    });
    const files = replaced.filter((file) => file !== null);
    if (files.length > 0)
      await enqueue(tx, {
        id: app.ids.next(),
        now: app.clock.now(),
        kind: "remove-files",
        payload: { files },
        lane: 2,
      });
  });
  app.wake();
  // Their profile is what the server says who answers for it.
  if (viewer.role === "owner") forgetInstance(app);
}

function checkLengths(change: ProfileChange): void {
  const faults: Record<string, Message> = {};
  const tooLong = (max: number): Message => ({ key: "field.too_long", params: { max } });
  if ([...(change.name ?? "")].length > LIMITS.name) faults["name"] = tooLong(LIMITS.name);
  if ([...(change.bioSource ?? "")].length > LIMITS.bio) faults["bioSource"] = tooLong(LIMITS.bio);
  const fields = change.fields ?? [];
  if (fields.length > LIMITS.fields)
    faults["fields"] = { key: "field.too_many_fields", params: { max: LIMITS.fields } };
  if (fields.some((field) => field.name.length > LIMITS.field || field.value.length > LIMITS.field))
    faults["fields"] = tooLong(LIMITS.field);
  const domains = change.attributionDomains ?? [];
  if (domains.some((domain) => hostOf(domain) === null))
    faults["attributionDomains"] = { key: "field.domain_form" };
  if (domains.length > PROFILE_LIMITS.domains)
    faults["attributionDomains"] = { key: "field.too_many_domains", params: { max: PROFILE_LIMITS.domains } };
  if (Object.keys(faults).length > 0) throw invalid(faults);
}

function textColumns(app: App, change: ProfileChange, before: ActorRow) {
  return {
    ...(change.name === undefined ? {} : { name: cleanName(change.name, LIMITS.name) }),
    ...(change.bioSource === undefined ? {} : bioColumns(app, change.bioSource)),
    ...(change.fields === undefined
      ? {}
      : { fields: toJson(toFields(change.fields, fromJson<readonly StoredField[]>(before.fields, []))) }),
  };
}

function choiceColumns(change: ProfileChange) {
  const { attributionDomains } = change;
  return {
    ...(change.locked === undefined ? {} : { locked: flag(change.locked) }),
    ...(change.bot === undefined ? {} : { kind: change.bot ? "Service" : "Person" }),
    ...(change.discoverable === undefined ? {} : { discoverable: flag(change.discoverable) }),
    ...(change.indexable === undefined ? {} : { indexable: flag(change.indexable) }),
    ...(change.hidesRelations === undefined ? {} : { hide_collections: flag(change.hidesRelations) }),
    ...(change.showsFeatured === undefined ? {} : { show_featured: flag(change.showsFeatured) }),
    ...(change.showsMedia === undefined ? {} : { show_media: flag(change.showsMedia) }),
    ...(change.showsMediaOfReplies === undefined
      ? {}
      : { show_media_replies: flag(change.showsMediaOfReplies) }),
    ...(attributionDomains === undefined
      ? {}
      : {
          attribution_domains: toJson([...new Set(attributionDomains.flatMap((one) => hostOf(one) ?? []))]),
        }),
  };
}

/** Where custom emoji may stand. */
function textsOf(row: Pick<ActorRow, "name" | "bio_source" | "fields">): readonly string[] {
  const fields = fromJson<readonly StoredField[]>(row.fields, []);
  return [row.name, row.bio_source, ...fields.flatMap(({ name, value }) => [name, value])];
}

/** The host that somebody typed, with or without the rest of an address; null when it is none. */
function hostOf(text: string): string | null {
  const address = /^https?:\/\//i.test(text.trim()) ? text.trim() : `https://${text.trim()}`;
  const url = safeHttpUrl(address);
  const host = url === null ? "" : new URL(url).hostname;
  return /^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(host) ? host : null;
}

function bioColumns(app: App, source: string) {
  const text = normalizeText(source).trim();
  const { html } = renderMarkup(text, {
    mention: ({ username, host }) =>
      host === null ? { href: app.uris.profile(username), label: username } : null,
    tag: (tag) => app.uris.tag(tag),
  });
  return { bio_source: text, bio_html: html };
}

/** An address becomes a link with rel=me, so that the other page can confirm it; anything else is text. */
function toFields(
  fields: NonNullable<ProfileChange["fields"]>,
  before: readonly StoredField[],
): readonly StoredField[] {
  return fields
    .map(({ name, value }) => ({
      name: cleanName(name, LIMITS.field),
      value: cleanName(value, LIMITS.field),
    }))
    .filter(({ name, value }) => name !== "" || value !== "")
    .map(({ name, value }) => ({
      name,
      value,
      valueHtml: fieldHtml(value),
      // The link is looked at again; until then it is what it was.
      verifiedAt: before.find((field) => field.value === value)?.verifiedAt ?? null,
    }));
}

function fieldHtml(value: string): string {
  const url = /^https?:\/\//i.test(value) ? safeHttpUrl(value) : null;
  if (url === null) return escapeHtml(value);
  const shown = url.replace(/^https?:\/\//, "").replace(/\/$/, "");
  return `<a href="${escapeHtml(url)}" rel="me nofollow noopener noreferrer" translate="no">${escapeHtml(shown)}</a>`;
}

async function newPicture(
  app: App,
  bytes: Uint8Array | "remove" | undefined,
  kind: "avatar" | "header",
): Promise<string | null | undefined> {
  if (bytes === undefined) return undefined;
  if (bytes === "remove") return null;
  try {
    return (await storeImage(app, bytes, kind)).name;
  } catch (error) {
    // The encoder speaks of a file; the form has two of them.
    const fault = error instanceof CausewayError ? error.fields["file"] : undefined;
    throw fault === undefined ? error : invalid({ [kind]: fault });
  }
}
