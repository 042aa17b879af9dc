import type { App } from "../../context.ts";
import type { ActorView, Viewer } from "../../domain/actor.ts";
import { type ActorId, asId } from "../../domain/ids.ts";
import type { NoteView } from "../../domain/note.ts";
import { CausewayError } from "../../errors.ts";
import { findInviter, findRelated, listFindableFollowed, listUsedTags } from "../../store/welcome.ts";
import { followActor } from "../relations/follows.ts";
import { tagCovers } from "../tags/tag-covers.ts";
import { followTag } from "../tags/tag-follows.ts";
import { suggestPeople, trendingTags } from "../trends/explore.ts";
import { actorViews } from "../views.ts";
import { updateProfile } from "./profile.ts";

const TAGS = 9;
const PEOPLE = 9;
/** Notes that are looked at for tags where nothing is popular yet. */
const SAMPLE = 500;
const TAG_CHOICES_MAX = 20;

/** What a newcomer may begin with. */
export type FirstSteps = {
  /** With the newest public note that has a picture, where there is one. */
  readonly tags: readonly { readonly tag: string; readonly cover: NoteView | null }[];
  /** Who invited them first. */
  readonly people: readonly ActorView[];
  readonly inviterId: ActorId | null;
};

/** Tags and people for the first page after joining; nobody whom they follow already, nobody who does not want to be found. */
export async function suggestFirstSteps(app: App, viewer: Viewer): Promise<FirstSteps> {
  const [tags, inviterId] = await Promise.all([
    tagsToFollow(app, viewer),
    findInviter(app.db, viewer.accountId),
  ]);
  const friends = inviterId === undefined ? [] : await listFindableFollowed(app.db, inviterId, PEOPLE * 2);
  const active = (await suggestPeople(app, viewer, PEOPLE * 2))
    .filter(({ following }) => following === "no")
    .map(({ actor }) => actor.id);
  const ids = [
    ...new Set([
      ...(inviterId === undefined ? [] : [inviterId]),
      ...friends.slice(0, 5),
      ...active,
      ...friends,
    ]),
  ];
  const related = await findRelated(app.db, viewer.actorId, ids);
  const shown = ids.filter((id) => id !== viewer.actorId && !related.has(id)).slice(0, PEOPLE);
  const byId = new Map((await actorViews(app, shown)).map((actor) => [actor.id as number, actor]));
  return {
    tags,
    people: shown.flatMap((id) => byId.get(id) ?? []),
    inviterId: inviterId === undefined ? null : asId(inviterId),
  };
}

async function tagsToFollow(app: App, viewer: Viewer): Promise<FirstSteps["tags"]> {
  const popular = (await trendingTags(app, viewer))
    .filter(({ following }) => !following)
    .map(({ tag }) => tag);
  const used = popular.length >= TAGS ? [] : await listUsedTags(app.db, SAMPLE, TAGS);
  const tags = [...new Set([...popular, ...used])].slice(0, TAGS);
  const covers = await tagCovers(app, viewer, tags);
  return tags.map((tag) => ({ tag, cover: covers.get(tag) ?? null }));
}

/** Everything of the page at once: profile first, since that can be faulty. @throws invalid with fields */
export async function takeFirstSteps(
  app: App,
  viewer: Viewer,
  command: {
    readonly name: string;
    readonly bioSource: string;
    readonly avatar: Uint8Array | undefined;
    readonly tags: readonly string[];
    readonly people: readonly ActorId[];
  },
): Promise<void> {
  const { name, bioSource, avatar } = command;
  await updateProfile(app, viewer, {
    ...(name.trim() === "" ? {} : { name }),
    ...(bioSource.trim() === "" ? {} : { bioSource }),
    ...(avatar === undefined ? {} : { avatar }),
  });
  for (const tag of command.tags.slice(0, TAG_CHOICES_MAX))
    await unlessRefused(() => followTag(app, viewer, tag));
  for (const id of command.people.slice(0, PEOPLE)) await unlessRefused(() => followActor(app, viewer, id));
}

/** Somebody who left since the page was drawn must not keep the others from being followed. */
async function unlessRefused(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof CausewayError)) throw error;
  }
}
