import { PROFILE_LIMITS } from "../../server/domain/actor.ts";
import { NOTE_LIMITS } from "../../server/domain/note.ts";
import { POLL_LIMITS } from "../../server/domain/poll.ts";
import { PROFILE_TEXTS } from "../../server/services/accounts/profile.ts";
import { joiningByApp } from "../../server/services/accounts/settings.ts";
import type { InstanceView, Rule as RuleView } from "../../server/services/instance/instance.ts";
import { ICON_SIZES } from "../../server/services/media/app-icons.ts";
import type { Instance, OldInstance, Rule } from "../entities/instance.ts";
import { toAccount } from "./account.ts";

/**
 * What apps compare to know what they may ask for: Mastodon's version comes first, since Ice Cubes reads three characters as a
 * number and Mastodon.py refuses anything else. Never a minor version of two digits.
 */
const COMPATIBLE = "4.3.0";
/** The number of the API as Mastodon counts it since 4.3: 7 is grouped notifications, policies, blurring filters and quotes. */
const API_VERSION = 7;

/** Where this server stands on the network. */
export type Place = {
  readonly origin: string;
  readonly handleHost: string;
  readonly isClosed: boolean;
};

/** The version as apps read it. */
export function versionOf({ version }: Pick<InstanceView, "version">): string {
  return `${COMPATIBLE} (compatible; Causeway ${version})`;
}

/** One of the owner's rules, with its translations as Mastodon has them since 4.4. */
export function toRule({ id, text, translations }: RuleView): Rule {
  const others = Object.entries(translations).map(([tag, words]) => [tag, { text: words, hint: "" }]);
  return { id: String(id), text, hint: "", translations: Object.fromEntries(others) };
}

function limitsOf({ media }: InstanceView) {
  return {
    accounts: {
      max_featured_tags: PROFILE_LIMITS.tags,
      max_pinned_statuses: PROFILE_LIMITS.pins,
      max_profile_fields: PROFILE_TEXTS.fields,
      profile_field_name_limit: PROFILE_TEXTS.field,
      profile_field_value_limit: PROFILE_TEXTS.field,
      max_display_name_length: PROFILE_TEXTS.name,
      max_note_length: PROFILE_TEXTS.bio,
      max_avatar_description_length: 0,
      max_header_description_length: 0,
    },
    statuses: {
      max_characters: NOTE_LIMITS.characters,
      max_media_attachments: NOTE_LIMITS.media,
      // An address counts as long as it is; apps subtract what they are told here and stay on the safe side.
      characters_reserved_per_url: 23,
    },
    media_attachments: {
      description_limit: NOTE_LIMITS.altCharacters,
      supported_mime_types: [...media.types],
      image_size_limit: media.imageBytes,
      image_matrix_limit: media.imagePixels,
      video_size_limit: media.filmBytes,
      // Any rate is taken and brought down to ours; apps want a number.
      video_frame_rate_limit: 120,
      video_matrix_limit: media.filmPixels,
    },
    polls: {
      max_options: POLL_LIMITS.options,
      max_characters_per_option: POLL_LIMITS.optionCharacters,
      min_expiration: POLL_LIMITS.shortestMs / 1000,
      max_expiration: POLL_LIMITS.longestMs / 1000,
    },
  };
}

function streamingOf({ origin }: Place): string {
  return origin.replace(/^http/, "ws");
}

function thumbnailOf({ origin }: Place, size: (typeof ICON_SIZES)[number]): string {
  return `${origin}/icons/icon-${size}.png`;
}

/** This server as `/api/v2/instance` tells it. */
export function toInstance(place: Place, view: InstanceView): Instance {
  const { settings } = view;
  const { origin } = place;
  const open = { local: "public", remote: "public" } as const;
  return {
    domain: place.handleHost,
    title: settings.name,
    version: versionOf(view),
    source_url: `${origin}/about`,
    description: settings.description,
    usage: { users: { active_month: view.activeMonth } },
    thumbnail: {
      url: thumbnailOf(place, 512),
      // A text for masto; nobody draws the thumbnail of a server before it is there.
      blurhash: "",
      versions: { "@1x": thumbnailOf(place, 192), "@2x": thumbnailOf(place, 512) },
      description: "",
    },
    icon: ICON_SIZES.map((size) => ({ src: thumbnailOf(place, size), size: `${size}x${size}` })),
    languages: [...settings.languages],
    configuration: {
      urls: {
        streaming: streamingOf(place),
        about: `${origin}/about`,
        privacy_policy: `${origin}/about/privacy`,
        terms_of_service: settings.terms === "" ? null : `${origin}/terms`,
      },
      vapid: { public_key: view.vapidKey },
      ...limitsOf(view),
      translation: { enabled: false },
      timelines_access: {
        live_feeds: open,
        hashtag_feeds: open,
        trending_link_feeds: { local: "disabled", remote: "disabled" },
      },
      limited_federation: place.isClosed,
    },
    registrations: {
      enabled: joiningByApp(settings) !== "no",
      approval_required: joiningByApp(settings) === "approval",
      reason_required: joiningByApp(settings) === "approval",
      message: null,
      min_age: null,
      url: joiningByApp(settings) === "no" ? null : `${origin}/join`,
    },
    api_versions: { mastodon: API_VERSION },
    contact: {
      email: settings.contactEmail,
      account: view.contact === null ? null : toAccount(origin, view.contact),
    },
    rules: view.rules.map(toRule),
  };
}

/** This server as `/api/v1/instance` tells it, with the limits that Tusky and its kin look for under older names. */
export function toOldInstance(place: Place, view: InstanceView): OldInstance {
  const { settings } = view;
  const limits = limitsOf(view);
  return {
    uri: place.handleHost,
    title: settings.name,
    short_description: settings.description,
    description: settings.description,
    email: settings.contactEmail,
    version: versionOf(view),
    urls: { streaming_api: streamingOf(place) },
    stats: { user_count: view.members, status_count: view.notes, domain_count: view.hosts },
    thumbnail: thumbnailOf(place, 512),
    languages: [...settings.languages],
    registrations: joiningByApp(settings) !== "no",
    approval_required: joiningByApp(settings) === "approval",
    invites_enabled: settings.joinMode !== "closed",
    configuration: limits,
    contact_account: view.contact === null ? null : toAccount(place.origin, view.contact),
    rules: view.rules.map(toRule),
    max_toot_chars: limits.statuses.max_characters,
    max_media_attachments: limits.statuses.max_media_attachments,
    upload_limit: limits.media_attachments.image_size_limit,
    poll_limits: {
      max_options: limits.polls.max_options,
      max_option_chars: limits.polls.max_characters_per_option,
      min_expiration: limits.polls.min_expiration,
      max_expiration: limits.polls.max_expiration,
    },
  };
}
