import type { App } from "../../context.ts";
import type { ActorView, ProfileSections } from "../../domain/actor.ts";
import { PENDING } from "../../domain/gates.ts";
import type { ActorId } from "../../domain/ids.ts";
import { movesAgainAt } from "../../domain/move.ts";
import type { ReceivedRule } from "../../domain/policy.ts";
import { type ActorRow, findActorByHandle, findActorById } from "../../store/actors.ts";
import { fromJson, isSet, textsIn } from "../../store/codec.ts";
import { hasArrivedNotes } from "../../store/arrivals.ts";
import { findIdentity } from "../../store/identities.ts";
import { featureRuleOf } from "../collections/collection-rules.ts";
import { emojisForFederation, type FederatedEmoji } from "../notes/emojis.ts";
import { fromNowhere } from "../moderation/withheld-here.ts";
import { actorView } from "../views.ts";

/** A local actor with everything its document needs, deleted ones included; null for remote or unknown ids. */
export async function localActorForFederation(app: App, id: ActorId): Promise<LocalActor | null> {
  const row = await findActorById(app.db, id);
  return row === undefined || row.host !== "" || row.suspended_by === PENDING ? null : localActor(app, row);
}

/** A local actor by username, deleted ones included; null when there never was one. */
export async function findLocalActorByName(app: App, username: string): Promise<LocalActor | null> {
  const row = await findActorByHandle(app.db, username.toLowerCase(), "");
  // Who waits for approval is nobody yet.
  return row === undefined || row.suspended_by === PENDING ? null : localActor(app, row);
}

export type LocalActor = {
  readonly id: ActorId;
  readonly uri: string;
  readonly url: string;
  readonly kind: ActorView["kind"];
  readonly username: string;
  readonly name: string;
  readonly bioHtml: string;
  readonly fields: ActorView["fields"];
  /** Absolute addresses. */
  readonly avatarUrl: string | null;
  readonly avatarType: string | null;
  readonly headerUrl: string | null;
  readonly headerType: string | null;
  readonly locked: boolean;
  readonly discoverable: boolean;
  readonly indexable: boolean;
  readonly publishedAt: number;
  readonly suspended: boolean;
  readonly deleted: boolean;
  /** Deleted, but moved a short while ago: their address still says where they went, and never 410. */
  readonly leadsOn: boolean;
  readonly alsoKnownAs: readonly string[];
  readonly movedToUri: string | null;
  readonly memorial: boolean;
  /** Followers and followees are counted, not listed. */
  readonly hidesRelations: boolean;
  readonly attributionDomains: readonly string[];
  readonly shows: ProfileSections;
  /** Who may put it into a featured collection (FEP-7aa9). */
  readonly canFeature: ReceivedRule;
  readonly emojis: readonly FederatedEmoji[];
  /** That a did:key and this actor are one person, signed by the did:key (FEP-c390); null without a recovery phrase. */
  readonly statement: Readonly<Record<string, unknown>> | null;
  /** Notes came along from an earlier home (FEP-1580). */
  readonly tookNotesAlong: boolean;
};

/** Of who is suspended others get what identifies them, and nothing that they wrote (Mastodon does the same). */
const HIDDEN_PROFILE = {
  name: "",
  bio_html: "",
  fields: "[]",
  avatar: null,
  header: null,
  discoverable: 0,
  indexable: 0,
  emojis: "[]",
} as const;

async function localActor(app: App, stored: ActorRow): Promise<LocalActor> {
  const row = stored.suspended_at === null ? stored : { ...stored, ...HIDDEN_PROFILE };
  // The same for every server, wherever it stands.
  const view = fromNowhere(() => actorView(app, row));
  const names = view.emojis.map((emoji) => emoji.name);
  const identity = row.deleted_at === null ? await findIdentity(app.db, row.id) : undefined;
  const tookNotesAlong = await hasArrivedNotes(app.db, row.id);
  const absolute = (path: string | null) => (path === null ? null : `${app.config.origin}${path}`);
  const type = (path: string | null) => (path === null ? null : "image/webp");
  return {
    id: view.id,
    uri: view.uri,
    url: view.url,
    kind: view.kind,
    username: view.username,
    name: view.name,
    bioHtml: view.bioHtml,
    fields: view.fields,
    avatarUrl: absolute(view.avatarUrl),
    avatarType: type(view.avatarUrl),
    headerUrl: absolute(view.headerUrl),
    headerType: type(view.headerUrl),
    locked: view.locked,
    discoverable: view.discoverable,
    indexable: view.indexable,
    publishedAt: view.publishedAt,
    suspended: view.suspended,
    deleted: row.deleted_at !== null,
    leadsOn:
      row.deleted_at !== null &&
      row.moved_to_uri !== null &&
      movesAgainAt(row.moved_at, app.clock.now(), "ours") !== null,
    alsoKnownAs: textsIn(row.also_known_as).filter((uri) => URL.canParse(uri)),
    movedToUri: row.moved_to_uri,
    memorial: view.memorial,
    hidesRelations: view.hidesRelations,
    attributionDomains: fromJson<readonly string[]>(row.attribution_domains, []),
    canFeature: featureRuleOf(row) ?? { automatic: [], manual: [] },
    shows: {
      featured: view.showsFeatured,
      media: isSet(row.show_media),
      mediaOfReplies: isSet(row.show_media_replies),
    },
    emojis: names.length === 0 ? [] : await emojisForFederation(app, names),
    tookNotesAlong,
    statement: identity === undefined ? null : fromJson<LocalActor["statement"]>(identity.statement, null),
  };
}
