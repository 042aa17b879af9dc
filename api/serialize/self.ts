import { isoTime } from "../../server/context.ts";
import type { Role } from "../../server/domain/actor.ts";
import type { OwnPolicy } from "../../server/domain/policy.ts";
import type { Self } from "../../server/services/accounts/self.ts";
import type { FeaturedTagView } from "../../server/services/tags/tag-views.ts";
import { COLLECTION_LIMITS } from "../../server/domain/collection.ts";
import type { CredentialAccount, Preferences, Profile } from "../entities/account.ts";
import { absolute, toPerson } from "./account.ts";
import { VISIBILITIES } from "./status.ts";
import { toFeaturedTag } from "./tag.ts";

/** Mastodon's bits for what a role may do (app/models/user_role.rb, documented at entities/Role). */
const MAY = {
  everything: 0xf_ffff,
  auditLog: 0x4,
  dashboard: 0x8,
  reports: 0x10,
  federation: 0x20,
  settings: 0x40,
  blocks: 0x80,
  taxonomies: 0x100,
  users: 0x400,
  invites: 0x800,
  rules: 0x1000,
  announcements: 0x2000,
  emojis: 0x4000,
  inviteUsers: 0x1_0000,
} as const;

const MODERATOR = MAY.auditLog | MAY.dashboard | MAY.reports | MAY.taxonomies | MAY.users | MAY.inviteUsers;
const ADMIN =
  MODERATOR |
  MAY.federation |
  MAY.settings |
  MAY.blocks |
  MAY.invites |
  MAY.rules |
  MAY.announcements |
  MAY.emojis;

/** Numbers and ranks as Mastodon's own roles have them: apps look at the bits alone. */
const ROLES = {
  owner: { id: "3", name: "Owner", position: 1000, permissions: MAY.everything },
  admin: { id: "2", name: "Admin", position: 100, permissions: ADMIN },
  moderator: { id: "1", name: "Moderator", position: 10, permissions: MODERATOR },
  member: { id: "-99", name: "", position: -1, permissions: 0 },
} as const satisfies Record<Role, object>;

/** The person as their own app knows them. */
export function toCredentialAccount(origin: string, self: Self): CredentialAccount {
  const { form, preferences } = self;
  return {
    ...toPerson(origin, self.about),
    source: {
      note: form.bioSource,
      fields: fieldsOf(self),
      privacy: VISIBILITIES[preferences.visibility],
      sensitive: preferences.sensitive,
      language: languageOf(self),
      follow_requests_count: self.followRequests,
      hide_collections: form.hidesRelations,
      discoverable: form.discoverable,
      indexable: form.indexable,
      attribution_domains: [...form.attributionDomains],
      quote_policy: quotePolicyOf(self.policy),
      role: toRole(self.role),
    },
    role: toRole(self.role),
  };
}

/** What somebody may do here, in Mastodon's bits. */
export function toRole(role: Role): CredentialAccount["role"] {
  const { id, name, position, permissions } = ROLES[role];
  return {
    id,
    name,
    color: "",
    permissions: String(permissions),
    position,
    highlighted: false,
    collection_limit: COLLECTION_LIMITS.collections,
  };
}

/** Fields as they were typed; what is proved stands at the drawn ones. */
function fieldsOf({ form, about }: Self): Profile["fields"] {
  return form.fields.map(({ name, value }, index) => {
    const verifiedAt = about.actor.fields[index]?.verifiedAt ?? null;
    return { name, value, verified_at: verifiedAt === null ? null : isoTime(verifiedAt) };
  });
}

/** What new notes are taken for: what was chosen, or the first of the person's languages. */
function languageOf({ preferences, languages }: Self): string | null {
  return preferences.language ?? languages[0] ?? null;
}

/** Who may quote without being asked; that others may ask has no word. */
function quotePolicyOf(policy: OwnPolicy): "public" | "followers" | "nobody" {
  switch (policy.quote.automatic) {
    case "everyone":
      return "public";
    case "followers":
      return "followers";
    default:
      return "nobody";
  }
}

/** For whoever never chose a language: apps are promised one (masto), and the pages are in this one for them, too. */
const UNSAID = "en";

/** How the person wants apps to write and read. */
export function toPreferences(self: Self): Preferences {
  const { preferences } = self;
  return {
    "posting:default:visibility": VISIBILITIES[preferences.visibility],
    "posting:default:sensitive": preferences.sensitive,
    "posting:default:language": languageOf(self) ?? self.locale ?? UNSAID,
    "posting:default:quote_policy": quotePolicyOf(self.policy),
    "reading:expand:media": preferences.openMedia ? "show_all" : "default",
    "reading:expand:spoilers": preferences.openWarnings,
    "reading:autoplay:gifs": preferences.autoplay,
  };
}

/** The person's own profile as it was typed. */
export function toProfile(origin: string, self: Self, tags: readonly FeaturedTagView[]): Profile {
  const { form, about } = self;
  const picture = (address: string | null) => (address === null ? null : absolute(origin, address));
  return {
    id: String(about.actor.id),
    display_name: form.name,
    note: form.bioSource,
    fields: fieldsOf(self),
    avatar: picture(form.avatarUrl),
    avatar_static: picture(form.avatarUrl),
    avatar_description: "",
    header: picture(form.headerUrl),
    header_static: picture(form.headerUrl),
    header_description: "",
    locked: form.locked,
    bot: form.bot,
    hide_collections: form.hidesRelations,
    discoverable: form.discoverable,
    indexable: form.indexable,
    show_media: form.showsMedia,
    show_media_replies: form.showsMediaOfReplies,
    show_featured: form.showsFeatured,
    attribution_domains: [...form.attributionDomains],
    featured_tags: tags.map((tag) => toFeaturedTag(origin, tag)),
  };
}
