import { expect, it } from "vitest";
import { asId } from "../../server/domain/ids.ts";
import { maySee, VISIBILITIES } from "../../server/domain/visibility.ts";
import { findVisibleNotes } from "../../server/store/notes.ts";
import { eachDatabase } from "../support/databases.ts";
import { storeActor, storeBlock, storeFollow, storeNote } from "../support/rows.ts";

const AUTHOR = 1;
const NOTE = 100;

/** Every way somebody can stand to an author and a note. */
const VIEWERS = [
  { id: AUTHOR, name: "the author" },
  { id: 2, name: "a stranger" },
  { id: 3, name: "a follower" },
  { id: 4, name: "somebody whose request is pending" },
  { id: 5, name: "somebody mentioned" },
  { id: 6, name: "a follower whom the author blocks" },
  { id: 7, name: "somebody mentioned who blocks the author" },
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
    for (const [i, visibility] of VISIBILITIES.entries())
      await storeNote(db, NOTE + i, AUTHOR, { visibility }, [5, 7]);

    for (const [i, visibility] of VISIBILITIES.entries())
      for (const viewer of [...VIEWERS.map((v) => v.id), null]) {
        const rows = await findVisibleNotes(db, viewer, [NOTE + i]);
        const expected = maySee(viewer === null ? null : asId(viewer), {
          visibility,
          authorId: asId(AUTHOR),
          mentionsViewer: viewer === 5 || viewer === 7,
          viewerFollowsAuthor: viewer === 3 || viewer === 6,
          blockedEitherWay: viewer === 6 || viewer === 7,
        });
        expect(rows.length === 1, `${visibility} for ${viewer}`).toBe(expected);
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
