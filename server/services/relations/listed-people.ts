import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import type { Page, PageRequest } from "../../domain/note.ts";
import { type AboutActor, aboutActors, aboutPage } from "../actors/people.ts";
import { listFollowRequests } from "./follows.ts";
import { listMutedPeople } from "./muted-people.ts";
import { listBlocks } from "./relationships.ts";

/** Whom the person blocks, newest first, with what is known of them beside their profile. */
export async function listBlockedPeople(
  app: App,
  viewer: Viewer,
  request: PageRequest,
): Promise<Page<AboutActor>> {
  return await aboutPage(app, await listBlocks(app, viewer, request));
}

/** Who asks to follow the person, newest first, likewise. */
export async function listRequestingPeople(
  app: App,
  viewer: Viewer,
  request: PageRequest,
): Promise<Page<AboutActor>> {
  return await aboutPage(app, await listFollowRequests(app, viewer, request));
}

/** Whom the person mutes, newest first, likewise; `expiresAt` in ms, null = until it is taken back. */
export async function listMutedAccounts(
  app: App,
  viewer: Viewer,
  request: PageRequest,
): Promise<Page<AboutActor & { readonly expiresAt: number | null }>> {
  const page = await listMutedPeople(app, viewer, request);
  const about = await aboutActors(
    app,
    page.items.map(({ actor }) => actor),
  );
  return {
    ...page,
    items: about.map((one, index) => ({ ...one, expiresAt: page.items[index]?.expiresAt ?? null })),
  };
}
