import { expect, it } from "vitest";
import { asId } from "../../server/domain/ids.ts";
import { maySee, VISIBILITIES } from "../../server/domain/visibility.ts";
import { findVisibleNotes } from "../../server/store/notes.ts";
import { insertAccount } from "../../server/store/accounts.ts";
import { eachDatabase } from "../support/databases.ts";
import { storeActor, storeBlock, storeFollow, storeNote } from "../support/rows.ts";

const AUTHOR = 1;
const MODERATOR = 8;
const NOTE = 100;
/** The same notes, hidden by a moderator. */
const HIDDEN = 200;

/** Every way somebody can stand to an author and a note. */
const VIEWERS = [
  { id: AUTHOR, name: "the author" },
  { id: 2, name: "a stranger" },
  { id: 3, name: "a follower" },
  { id: 4, name: "somebody whose request is pending" },
  { id: 5, name: "somebody mentioned" },
  { id: 6, name: "a follower whom the author blocks" },
  { id: 7, name: "somebody mentioned who blocks the author" },
  { id: MODERATOR, name: "a moderator whom nothing else entitles" },
] as const;

eachDatabase((_, open) => {
  it("says in SQL exactly what the domain says, for every visibility and every viewer", async () => {
    const { db } = await open();
    for (const { id } of VIEWERS) await storeActor(db, id);
    await storeFollow(db, 11, 3, AUTHOR);
    await storeFollow(db, 12, 4, AUTHOR, "pending");
    await storeFollow(db, 13, 6, AUTHOR);
    await storeBlock(db, 14, AUTHOR, 6);
    await storeBlock(db, 15, 7, AUTHOR);
    await insertAccount(db, {
      id: 900,
      actor_id: MODERATOR,
      email: null,
      password_hash: "",
      role: "moderator",
      locale: null,
      languages: "[]",
      invite_id: null,
      created_at: 0,
      suspended_at: null,
      notifications_read_id: 0,
    });
    for (const [i, visibility] of VISIBILITIES.entries()) {
      await storeNote(db, NOTE + i, AUTHOR, { visibility }, [5, 7]);
      await storeNote(db, HIDDEN + i, AUTHOR, { visibility, hidden_at: 1, hidden_by: "moderator" }, [5, 7]);
    }

    const cases = VISIBILITIES.flatMap((visibility, i) =>
      [NOTE, HIDDEN].map((first) => ({ visibility, id: first + i, hidden: first === HIDDEN })),
    );
    for (const { visibility, id, hidden } of cases)
      for (const viewer of [...VIEWERS.map((v) => v.id), null]) {
        const rows = await findVisibleNotes(db, viewer, [id]);
        const expected = maySee(viewer === null ? null : asId(viewer), {
          visibility,
          authorId: asId(AUTHOR),
          mentionsViewer: viewer === 5 || viewer === 7,
          viewerFollowsAuthor: viewer === 3 || viewer === 6,
          blockedEitherWay: viewer === 6 || viewer === 7,
          hidden,
          viewerIsStaff: viewer === MODERATOR,
        });
        expect(rows.length === 1, `${visibility}${hidden ? ", hidden," : ""} for ${viewer}`).toBe(expected);
      }
  });

  it("hides the notes of suspended and deleted actors, and deleted notes, from everybody but nobody", async () => {
    const { db } = await open();
    await storeActor(db, 1, { suspended_at: 1 });
    await storeActor(db, 2, { deleted_at: 1 });
    await storeActor(db, 3);
    await storeNote(db, 101, 1);
    await storeNote(db, 102, 2);
    await storeNote(db, 103, 3, { deleted_at: 1 });
    await storeNote(db, 104, 3);
    expect((await findVisibleNotes(db, null, [101, 102, 103, 104])).map((row) => row.id)).toEqual([104]);
    expect((await findVisibleNotes(db, 3, [101, 102, 103, 104])).map((row) => row.id)).toEqual([104]);
  });
});
