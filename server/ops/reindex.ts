import { fromJson } from "../store/codec.ts";
import type { Db } from "../store/database.ts";
import { transaction } from "../store/database.ts";
import { notesToIndex } from "../store/dump.ts";
import { listPollOptions } from "../store/polls.ts";
import { indexNote } from "../store/search.ts";
import { plainText } from "../text/markup.ts";
import { searchText } from "../text/words.ts";

/** Makes the search index anew from the notes; one transaction for each page of notes. Returns how many were indexed. */
export async function reindexNotes(db: Db): Promise<number> {
  let indexed = 0;
  for (let afterId = 0; ;) {
    const notes = await notesToIndex(db, afterId);
    const last = notes.at(-1);
    if (last === undefined) return indexed;
    const options = Map.groupBy(
      await listPollOptions(
        db,
        notes.map((note) => note.id),
      ),
      (option) => option.note_id,
    );
    const words = notes.map((note) => {
      const titles = [note.title ?? "", ...(options.get(note.id) ?? []).map((option) => option.title)];
      const languages = Object.values(fromJson<Record<string, string>>(note.contentMap, {}));
      return [
        note.summary ?? "",
        ...titles,
        plainText(note.html),
        ...languages.map(plainText),
        ...note.tags,
      ].join(" ");
    });
    await transaction(db, async (tx) => {
      for (const [index, note] of notes.entries())
        await indexNote(tx, note.id, searchText(words[index] ?? ""));
    });
    indexed += notes.length;
    afterId = last.id;
  }
}
