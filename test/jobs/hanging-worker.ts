// Run as a process of its own by crash.test.ts: begins a job and holds it until it is killed.
import { createWorker } from "../../server/jobs/worker.ts";
import { openPostgres, openSqlite } from "../../server/store/database.ts";
import { partialApp } from "../support/app.ts";

const place = process.argv[2] ?? "";
const database = place.startsWith("postgres") ? openPostgres(place, 5) : openSqlite(place);
const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
const hang = async (): Promise<void> => {
  begin();
  await new Promise((resolve) => setTimeout(resolve, 3_600_000));
};
await createWorker({ app: partialApp(database.db), database, handlers: { hang } }).start();
await begun;
// Only now: a worker that has started has also said for the first time that it lives.
process.stdout.write("job begun\n");
