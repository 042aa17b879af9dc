import type { App } from "../../context.ts";
import { type ActorView, outranks, type Role, ROLES, type Viewer } from "../../domain/actor.ts";
import { wantedName } from "../../domain/gates.ts";
import { type ActorId, asId } from "../../domain/ids.ts";
import type { Page, PageRequest } from "../../domain/note.ts";
import { notFound } from "../../errors.ts";
import { listPersonRows, type PeopleSieve, type PersonRow } from "../../store/people.ts";
import { toCursor, toPage } from "../pages.ts";
import { actorViews } from "../views.ts";
import { requireModerator } from "./roles.ts";

/** Somebody as staff see them, member or not. Times in ms. */
export type PersonView = {
  readonly actor: ActorView;
  /** Null for people of other servers. */
  readonly member: {
    readonly role: Role;
    /** For administrators alone, as on the pages. */
    readonly email: string | null;
    readonly locale: string | null;
    readonly invitedBy: ActorId | null;
  } | null;
  readonly createdAt: number;
  readonly suspended: boolean;
  /** Why they want to join, of who waits for approval; null for everybody else. */
  readonly request: string | null;
};

/** `isNobody`: something is asked for that nobody here can be. */
export type FindPeople = PageRequest &
  Omit<PeopleSieve, "actorIds"> & { readonly isNobody?: boolean | undefined };

/** Everybody known here, newest first. An address can be asked for by administrators alone. @throws forbidden below moderator */
export async function findPeople(
  app: App,
  viewer: Viewer,
  { before, after, limit, isNobody, ...sieve }: FindPeople,
): Promise<Page<PersonView>> {
  requireModerator(viewer);
  const cursor = toCursor({ before, after, limit });
  if (isNobody === true || (sieve.email !== undefined && !seesEmails(viewer)))
    return { items: [], older: null, newer: null, first: null };
  const lower = (text: string | undefined) => text?.trim().toLowerCase();
  const rows = await listPersonRows(
    app.db,
    {
      ...sieve,
      username: lower(sieve.username)?.replace(/^@/, ""),
      name: lower(sieve.name),
      email: lower(sieve.email),
      host: lower(sieve.host),
    },
    cursor,
  );
  return await toPage(rows, cursor, (found) => draw(app, viewer, found));
}

/** One person. @throws forbidden below moderator, not_found */
export async function viewPerson(app: App, viewer: Viewer, actorId: ActorId): Promise<PersonView> {
  requireModerator(viewer);
  const { rows } = await listPersonRows(app.db, { actorIds: [actorId] }, { limit: 1 });
  const [view] = await draw(app, viewer, rows);
  if (view === undefined) throw notFound();
  return view;
}

/** The same for several at once, by id, for what names them. Whoever asks has been judged by the caller. */
export async function peopleOf(
  app: App,
  viewer: Viewer,
  actors: readonly ActorView[],
): Promise<ReadonlyMap<number, PersonView>> {
  const ids = new Set(actors.map((actor) => Number(actor.id)));
  const rows = await listPersonRows(app.db, { actorIds: [...ids] }, { limit: Math.max(1, ids.size) });
  return new Map((await draw(app, viewer, rows.rows)).map((view) => [Number(view.actor.id), view]));
}

function seesEmails(viewer: Viewer): boolean {
  return outranks(viewer.role, "moderator");
}

async function draw(app: App, viewer: Viewer, rows: readonly PersonRow[]): Promise<readonly PersonView[]> {
  const ids = rows.map((row) => row.id);
  const actors = new Map((await actorViews(app, ids)).map((actor) => [Number(actor.id), actor]));
  return rows.flatMap((row) => {
    const actor = actors.get(row.id);
    if (actor === undefined) return [];
    return [
      {
        actor: row.request === null ? actor : { ...actor, username: wantedName(actor.username) },
        member:
          row.account_id === null
            ? null
            : {
                role: ROLES.find((role) => role === row.role) ?? "member",
                email: seesEmails(viewer) ? row.email : null,
                locale: row.locale,
                invitedBy: row.invited_by === null ? null : asId<ActorId>(row.invited_by),
              },
        createdAt: row.created_at,
        suspended: row.suspended === 1 && row.request === null,
        request: row.request,
      },
    ];
  });
}
