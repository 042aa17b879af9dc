import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { TransferKind } from "../../server/domain/transfer.ts";
import { exportFile } from "../../server/services/transfers/export.ts";
import { beginImport, startImport } from "../../server/services/transfers/import.ts";
import { getImport, listImportRows, listImports } from "../../server/services/transfers/results.ts";
import { en } from "../../web/locales/en.ts";
import { aMember, createInstance, type Member, type TestInstance } from "../support/instance.ts";
import { drain } from "../support/network.ts";

let here: TestInstance;
let ann: Member;

beforeEach(async () => {
  here = await createInstance({ host: "here.test" });
  ann = await aMember(here, "ann");
});
afterEach(() => here.close());

const encode = (text: string) => new TextEncoder().encode(text);

describe("a file that is none", () => {
  const refused: readonly (readonly [string, string | Uint8Array, TransferKind | null, string, string])[] = [
    ["is empty", "", null, "file", "field.import_empty"],
    ["has blank lines alone", "\r\n , \n\n", null, "file", "field.import_empty"],
    ["has a header alone", "Account address,Show boosts\n", null, "file", "field.import_empty"],
    ["is Latin-1", new Uint8Array([0x72, 0xe9, 0x40, 0x61]), "blocks", "file", "field.import_not_text"],
    ["is UTF-16", new Uint8Array([0xff, 0xfe, 0x61, 0x00]), "blocks", "file", "field.import_not_text"],
    ["is a picture", new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0, 0]), null, "file", "field.import_not_text"],
    ["has quotes that do not match", 'a@b.test\n"c@d.test\n', "blocks", "file", "field.import_broken"],
    ["has a row that is no row", `"${"a".repeat(20_000)}"`, "blocks", "file", "field.import_long"],
    ["has too many rows", "a@b.test\n".repeat(20_001), "blocks", "file", "field.import_many"],
    ["is too large", new Uint8Array(20 * 1024 * 1024 + 1), "blocks", "file", "field.import_large"],
    ["does not say what it is", "a@b.test\n", null, "kind", "field.import_kind"],
    [
      "is of another kind",
      "#domain,#severity\nbad.example,suspend\n",
      "follows",
      "file",
      "field.import_columns",
    ],
    [
      "has columns of something else",
      "name;mail\nwho,who at there\n",
      "lists",
      "file",
      "field.import_columns",
    ],
    ["is JSON of something else", '{"orderedItems":[]}', null, "file", "field.import_filters"],
    ["is JSON that never ends", "[".repeat(200_000), null, "file", "field.import_filters"],
    ["has no filters", '{"custom_filters":[]}', null, "file", "field.import_empty"],
    ["is a table and no filters", "a@b.test\n", "filters", "file", "field.import_filters"],
  ];

  test.each(refused)(
    "because it %s is refused with a sentence, and nothing is kept",
    async (_why, text, kind, field, key) => {
      const bytes = typeof text === "string" ? encode(text) : text;
      await expect(beginImport(here.app, ann.viewer, { name: "x", bytes, kind })).rejects.toMatchObject({
        fields: { [field]: { key } },
      });
      expect(Object.keys(en)).toContain(key);
      expect(await listImports(here.app, ann.viewer)).toEqual([]);
    },
  );
});

describe("what a file is", () => {
  const guessed: readonly (readonly [string, string, TransferKind])[] = [
    ["x.csv", "Account address,Hide notifications\na@b.test,true\n", "mutes"],
    ["mutes.csv", "Account address,Languages\na@b.test,en\n", "follows"],
    ["muted_accounts (1).csv", "a@b.test\n", "mutes"],
    ["Blocked_Accounts.csv", "a@b.test\n", "blocks"],
    ["following_accounts.csv", "Account address\na@b.test\n", "follows"],
    ["blocked_domains.csv", "bad.example\n", "domains"],
    ["x.csv", "#domain\nbad.example\n", "domains"],
    ["x.csv", "bad.example\n", "domains"],
    ["x.csv", "https://a.test/notes/1\n", "bookmarks"],
    ["x.csv", "#uri\nhttps://a.test/notes/1\n", "bookmarks"],
    ["x.csv", "Friends,a@b.test\n", "lists"],
    ["x", ' {"custom_filters":[{"title":"t","context":["home"]}]}', "filters"],
  ];

  test.each(guessed)(
    "is seen by its header, its name and its cells: %s %j is %s",
    async (name, text, kind) => {
      const id = await beginImport(here.app, ann.viewer, { name, bytes: encode(text), kind: null });
      expect(await getImport(here.app, ann.viewer, id)).toMatchObject({ kind, total: 1, failed: 0 });
    },
  );

  test("may be in columns of another order, with line breaks inside quotes and all kinds of line ends", async () => {
    const text = 'Languages,Account address,Show boosts\r\n"en,\nes","@owner_here",no\r,nobody@here.test ,\n';
    const file = { name: "x", bytes: encode(text), kind: null };
    const id = await beginImport(here.app, ann.viewer, file);
    await startImport(here.app, ann.viewer, id, "merge");
    await drain(here);
    const { rows } = await listImportRows(here.app, ann.viewer, id, { state: null, page: 1 });
    expect(rows).toMatchObject([
      { label: "@owner_here", state: "done" },
      { label: "nobody@here.test", state: "failed", message: { key: "transfer_row.nobody_here" } },
    ]);
    let out = "";
    for await (const piece of exportFile(here.app, ann.viewer, "follows")) out += piece;
    expect(out).toContain('owner_here@here.test,false,false,"en, es"');
  });
});
