import { join } from "node:path";
import BetterSqlite from "better-sqlite3";
import { sql } from "kysely";
import { onTestFinished } from "vitest";
import type { Http } from "../../server/context.ts";
import { type Database, fromSqlite, openPostgres } from "../../server/store/database.ts";
import { createPostgresDatabase, memoryDatabase } from "../support/databases.ts";
import { temporaryFolder } from "../support/folders.ts";

// Servers that lose their power at a moment that a test chooses: between two statements, or two requests.

/** How many steps are left to a server; a step is a statement or a request. */
export type Life = {
  left: number;
  /** One step more. @throws Dead when the power is gone */
  step(): void;
  /** @throws Dead when the power is gone */
  check(): void;
  /** The power goes now. */
  end(): void;
  readonly isOver: boolean;
};

/** What a server that has no power any more meets everywhere. */
export class Dead extends Error {}

/** A life of so many steps. */
export function aLife(steps: number): Life {
  const life = {
    left: steps,
    isOver: false,
    check: () => {
      if (life.isOver) throw new Dead("There is no power.");
    },
    end: () => void (life.isOver = true),
    step: () => {
      life.check();
      life.left -= 1;
      if (life.left > 0) return;
      life.end();
      throw new Dead("The power went.");
    },
  };
  return life;
}

/** The way out of a server that may die before a request leaves, or when it arrived and before the answer comes back. */
export function mortalHttp(http: Http, life: () => Life): Http {
  const during = async <T>(work: () => Promise<T>): Promise<T> => {
    life().step();
    const answer = await work();
    life().step();
    return answer;
  };
  return {
    fetch: (request) => during(() => http.fetch(request)),
    post: (request) => during(() => http.post(request)),
    stream: (request) => during(() => http.stream(request)),
  };
}

/** A database that outlives the server that has it open. */
export type Disk = {
  /** Opens it; every statement is a step. */
  open(life: Life): Database;
};

/** A file of SQLite: when the power goes it is closed in the middle of whatever is going on. */
export async function sqliteDisk(): Promise<Disk> {
  const path = join(temporaryFolder(), "causeway.db");
  const empty = await memoryDatabase();
  await sql`vacuum into ${path}`.execute(empty.db);
  await empty.close();
  const opened: Database[] = [];
  onTestFinished(async () => {
    await Promise.all(opened.map((database) => database.close()));
  });
  return {
    open: (life) => {
      const file = new BetterSqlite(path);
      // What the disk keeps when the power of the whole machine goes is not what these tests are about.
      for (const pragma of [
        "journal_mode = MEMORY",
        "synchronous = OFF",
        "foreign_keys = ON",
        "temp_store = MEMORY",
      ])
        file.pragma(pragma);
      const prepare = file.prepare.bind(file);
      const count = () => {
        try {
          life.step();
        } catch (error) {
          if (file.open) file.close();
          throw error;
        }
      };
      Object.defineProperty(file, "prepare", { value: (text: string) => counted(prepare(text), count) });
      const database = fromSqlite(file);
      opened.push(database);
      return database;
    },
  };
}

/** The statement, but that `count` is called before it is run. */
function counted(statement: BetterSqlite.Statement, count: () => void): BetterSqlite.Statement {
  for (const name of ["run", "all", "get", "iterate"] as const) {
    const run = statement[name].bind(statement) as (...given: unknown[]) => unknown;
    const value = (...given: unknown[]): unknown => {
      count();
      return run(...given);
    };
    Object.defineProperty(statement, name, { value });
  }
  return statement;
}

/** A database of PostgreSQL: only requests are steps, and a server without power gets no connection any more. */
export async function postgresDisk(): Promise<Disk> {
  const own = await createPostgresDatabase();
  const opened: Database[] = [];
  onTestFinished(async () => {
    for (const database of opened) await database.close().catch(() => undefined);
    await own.drop();
  });
  return {
    open: (life) => {
      const database = openPostgres(own.url, 5);
      const { pool } = database;
      if (pool === null) throw new Error("PostgreSQL has a pool.");
      const connect = pool.connect.bind(pool) as () => Promise<unknown>;
      const value = async () => {
        life.check();
        return await connect();
      };
      Object.defineProperty(pool, "connect", { value });
      opened.push(database);
      return database;
    },
  };
}
