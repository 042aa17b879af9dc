import type { Dialect } from "./dialect.ts";

/**
 * Spells a statement for a database. `PK` = integer primary key (the rowid on SQLite), `INT` = 64-bit integer, `WORD` = text
 * compared byte by byte; a `0` at the end allows NULL.
 */
export function spell(statement: string, dialect: Dialect): string {
  const words: Readonly<Record<string, string>> =
    dialect === "sqlite"
      ? {
          PK: "INTEGER PRIMARY KEY",
          INT: "INTEGER NOT NULL",
          INT0: "INTEGER",
          WORD: "TEXT NOT NULL",
          WORD0: "TEXT",
        }
      : {
          PK: "BIGINT PRIMARY KEY",
          INT: "BIGINT NOT NULL",
          INT0: "BIGINT",
          WORD: 'TEXT COLLATE "C" NOT NULL',
          WORD0: 'TEXT COLLATE "C"',
        };
  return statement.replace(/\b(?:PK|INT0?|WORD0?)\b/g, (word) => words[word] ?? word);
}
