import { afterEach, expect, test } from "vitest";
import { TRANSFER_FILES, TRANSFER_KINDS, type TransferKind } from "../../server/domain/transfer.ts";
import { exportFile } from "../../server/services/transfers/export.ts";
import { beginImport, startImport } from "../../server/services/transfers/import.ts";
import { countGoing, getImport } from "../../server/services/transfers/results.ts";
import { testClock } from "../support/app.ts";
import { createPostgresDatabase } from "../support/databases.ts";
import { aMember, aNote, createInstance, type TestInstance } from "../support/instance.ts";
import { createNetwork, drain, type Network } from "../support/network.ts";

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function onPostgres(host: string, network: Network): Promise<TestInstance> {
  const own = await createPostgresDatabase();
  const instance = await createInstance({ host, network, clock: testClock(), database: own.database });
  closing.push(async () => {
    await instance.stop(0);
    await own.drop();
  });
  return instance;
}

test("Files of each kind are worked off on PostgreSQL as on SQLite, replaced and written out again", async () => {
  const network = createNetwork();
  const [east, west] = [await onPostgres("east.test", network), await onPostgres("west.test", network)];
  const [ann, bo] = [await aMember(east, "ann"), await aMember(west, "bo")];
  await aMember(east, "cy");
  const note = await aNote(west, { by: bo.viewer });
  const filter = {
    title: "t",
    expires_at: null,
    context: ["home"],
    action: "warn",
    keywords_attributes: [{ keyword: "w", whole_word: false }],
    statuses: [west.app.uris.note(note.id)],
  };
  const files: Readonly<Record<TransferKind, string>> = {
    follows:
      "Account address,Show boosts,Notify on new posts,Languages\nbo@west.test,false,true,en\ncy@east.test,true,false,\n",
    lists: "Friends,cy@east.test\n",
    mutes: "Account address,Hide notifications\ncy@east.test,false\n",
    blocks: "owner_here@west.test\n",
    domains: "bad.example\n",
    bookmarks: `${west.app.uris.note(note.id)}\n`,
    filters: `${JSON.stringify({ custom_filters: [filter] }, null, 2)}\n`,
  };
  const bring = async (kind: TransferKind, text: string, mode: "merge" | "overwrite") => {
    const file = { name: TRANSFER_FILES[kind], bytes: new TextEncoder().encode(text), kind };
    const id = await beginImport(east.app, ann.viewer, file);
    const going = await countGoing(east.app, ann.viewer, id);
    await startImport(east.app, ann.viewer, id, mode);
    await drain(east, west);
    return { ...(await getImport(east.app, ann.viewer, id)), going: going.whole + going.others };
  };
  const written = async (kind: TransferKind) => {
    let text = "";
    for await (const piece of exportFile(east.app, ann.viewer, kind)) text += piece;
    return text;
  };
  const other: Readonly<Record<TransferKind, string>> = {
    follows: "Account address\nowner_here\n",
    lists: "Others,owner_here\n",
    mutes: "owner_here\n",
    blocks: "owner_here\n",
    domains: "other.example\n",
    bookmarks: "https://west.test/nothing\n",
    filters:
      '{"custom_filters":[{"title":"other","context":["home"],"keywords_attributes":[{"keyword":"x"}]}]}',
  };
  for (const kind of TRANSFER_KINDS) {
    expect(await bring(kind, files[kind], "merge")).toMatchObject({
      kind,
      state: "done",
      failed: 0,
      going: 0,
    });
    expect(await written(kind)).toBe(files[kind]);
    const again = await bring(kind, files[kind], "overwrite");
    expect(again).toMatchObject({ state: "done", failed: 0, done: 0, already: again.total, going: 0 });
    expect(await written(kind)).toBe(files[kind]);
  }
  const hostile =
    '{"custom_filters":[{"title":"a\\u0000b","context":["home"],"keywords_attributes":[{"keyword":"\\ud800"}]}]}';
  expect(await bring("filters", hostile, "merge")).toMatchObject({ state: "done", failed: 0 });
  expect(await written("filters")).toContain("a\uFFFDb");
  await bring("filters", files.filters, "overwrite");
  for (const kind of ["follows", "lists", "mutes", "blocks", "domains", "filters"] as const) {
    const rows = { follows: 2, lists: 1, mutes: 1, blocks: 1, domains: 1, filters: 1 }[kind];
    const replaced = await bring(kind, other[kind], "overwrite");
    expect(replaced).toMatchObject({ state: "done", failed: 0, done: rows + 1, going: rows });
    const left = await written(kind);
    for (const gone of ["bo@west", "cy@east", "bad.example", '"t"']) expect(left).not.toContain(gone);
  }
});
