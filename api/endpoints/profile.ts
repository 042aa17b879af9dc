import { z } from "zod";
import type { Permit } from "../../server/domain/policy.ts";
import { CausewayError, type FieldFaults, invalid } from "../../server/errors.ts";
import { changeSelf, type Self, type SelfChange, viewSelf } from "../../server/services/accounts/self.ts";
import { viewFeaturedTags } from "../../server/services/tags/tag-views.ts";
import { canonicalLanguage } from "../../server/text/language.ts";
import { type AnyEndpoint, answer, type Call, endpoint } from "../endpoint.ts";
import { CredentialAccount, Profile } from "../entities/account.ts";
import { file, flag, givenList, oneOf, text } from "../kinds.ts";
import { toCredentialAccount, toProfile } from "../serialize/self.ts";

const NO_DESCRIPTIONS = "avatar_description and header_description are not kept.";

export const verifyCredentials = endpoint({
  who: "user",
  scopes: ["read:accounts", "profile"],
  summary: "The person whom the app speaks for",
  missing: NO_DESCRIPTIONS,
  params: z.object({}),
  returns: CredentialAccount,
  run: async ({ app, viewer }) => answer(toCredentialAccount(app.config.origin, await viewSelf(app, viewer))),
});

const looks = {
  display_name: text,
  note: text,
  avatar: file,
  header: file,
  locked: flag,
  bot: flag,
  discoverable: flag,
  indexable: flag,
  hide_collections: flag,
  show_media: flag,
  show_media_replies: flag,
  show_featured: flag,
  attribution_domains: givenList(z.string(), 100),
  fields_attributes: givenList(z.object({ name: text, value: text }), 100),
};
const source = z
  .object({
    privacy: oneOf(["public", "unlisted", "private", "direct"]),
    sensitive: flag,
    language: text,
    quote_policy: oneOf(["public", "followers", "nobody"]),
  })
  .optional();
const credentials = z.object({ ...looks, source });
type Looks = z.infer<z.ZodObject<typeof looks>>;
type Source = z.infer<typeof source>;

export const updateCredentials = endpoint({
  who: "user",
  scopes: ["write:accounts"],
  summary: "Changes the person's profile and how they write",
  missing: NO_DESCRIPTIONS,
  params: credentials,
  returns: CredentialAccount,
  takesFiles: true,
  run: async (call) => {
    const self = await inOurNames(async () =>
      changeSelf(call.app, call.viewer, {
        profile: await profileChange(call.params),
        ...habits(call.params.source),
      }),
    );
    return answer(toCredentialAccount(call.app.config.origin, self));
  },
});

export const getProfile = endpoint({
  who: "user",
  scopes: ["read:accounts", "profile"],
  summary: "The person's own profile as it was typed",
  missing: NO_DESCRIPTIONS,
  params: z.object({}),
  returns: Profile,
  run: async ({ app, viewer }) => answer(await profileOf({ app, viewer }, await viewSelf(app, viewer))),
});

export const updateProfile = endpoint({
  who: "user",
  scopes: ["write:accounts"],
  summary: "Changes the person's profile",
  missing: NO_DESCRIPTIONS,
  params: z.object(looks),
  returns: Profile,
  takesFiles: true,
  run: async ({ app, viewer, params }) => {
    const self = await inOurNames(async () =>
      changeSelf(app, viewer, { profile: await profileChange(params), preferences: {} }),
    );
    return answer(await profileOf({ app, viewer }, self));
  },
});

async function profileOf({ app, viewer }: Pick<Call<unknown, "user">, "app" | "viewer">, self: Self) {
  return toProfile(app.config.origin, self, await viewFeaturedTags(app, viewer.actorId));
}

function removing(picture: "avatar" | "header"): AnyEndpoint {
  return endpoint({
    who: "user",
    scopes: ["write:accounts"],
    summary: `Takes the ${picture} away`,
    params: z.object({}),
    returns: CredentialAccount,
    run: async ({ app, viewer }) => {
      const self = await changeSelf(app, viewer, { profile: { [picture]: "remove" }, preferences: {} });
      return answer(toCredentialAccount(app.config.origin, self));
    },
  });
}

export const deleteAvatar = removing("avatar");
export const deleteHeader = removing("header");

/** What is left out stays; an empty list of fields or hosts clears it. */
async function profileChange(params: Looks): Promise<SelfChange["profile"]> {
  const bytes = async (picture: File | undefined) =>
    picture === undefined ? undefined : new Uint8Array(await picture.arrayBuffer());
  return {
    name: params.display_name,
    bioSource: params.note,
    fields: params.fields_attributes?.map(({ name = "", value = "" }) => ({ name, value })),
    locked: params.locked,
    bot: params.bot,
    discoverable: params.discoverable,
    indexable: params.indexable,
    hidesRelations: params.hide_collections,
    attributionDomains: params.attribution_domains?.filter((domain) => domain.trim() !== ""),
    showsMedia: params.show_media,
    showsMediaOfReplies: params.show_media_replies,
    showsFeatured: params.show_featured,
    avatar: await bytes(params.avatar),
    header: await bytes(params.header),
  };
}

const VISIBILITIES = {
  public: "public",
  unlisted: "unlisted",
  private: "followers",
  direct: "direct",
} as const;
const QUOTES: Readonly<Record<"public" | "followers" | "nobody", Permit>> = {
  public: { automatic: "everyone", manual: "nobody" },
  followers: { automatic: "followers", manual: "nobody" },
  nobody: { automatic: "nobody", manual: "nobody" },
};

/** @throws invalid for a language that is none */
function habits(given: Source): Pick<SelfChange, "preferences" | "quotes"> {
  if (given === undefined) return { preferences: {} };
  const { language } = given;
  const tag = language === undefined ? undefined : language === "" ? null : canonicalLanguage(language);
  if (tag === null && language !== "") throw invalid({ "source.language": { key: "error.invalid" } });
  return {
    preferences: {
      visibility: given.privacy === undefined ? undefined : VISIBILITIES[given.privacy],
      sensitive: given.sensitive,
      language: tag,
    },
    quotes: given.quote_policy === undefined ? undefined : QUOTES[given.quote_policy],
  };
}

const NAMES: Readonly<Record<string, string>> = {
  name: "display_name",
  bioSource: "note",
  fields: "fields_attributes",
  attributionDomains: "attribution_domains",
};

/** Faults are told by the names that the app used. */
async function inOurNames<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof CausewayError) || Object.keys(error.fields).length === 0) throw error;
    const faults: FieldFaults = Object.fromEntries(
      Object.entries(error.fields).map(([name, fault]) => [NAMES[name] ?? name, fault]),
    );
    throw invalid(faults);
  }
}
