import type { App } from "../../context.ts";
import { isReservedUsername, isUsername } from "../../domain/actor.ts";
import { USE_LIMITS } from "../../domain/limits.ts";
import type { Message } from "../../errors.ts";
import { findTakenNames } from "../../store/welcome.ts";
import { usernameFault } from "./accounts.ts";
import { takeLimit } from "./limits.ts";

const SUGGESTIONS = 3;
const NAME_MAX = 30;
/** A server's name that is longer makes no good part of a person's. */
const HOST_MAX = 12;

/** Whether somebody may have a name; when it is taken, up to three like it that are free. */
export type NameAnswer = { readonly fault: Message | null; readonly free: readonly string[] };

/** Looks a name up for somebody who types it. @throws too_many */
export async function checkName(
  app: App,
  asked: { readonly name: string; readonly ip: string },
): Promise<NameAnswer> {
  takeLimit(app, USE_LIMITS.nameChecks, asked.ip);
  const name = asked.name.trim().toLowerCase();
  const fault = await usernameFault(app, name);
  return { fault, free: fault === null ? [] : await suggestNames(app, name) };
}

/** Up to three free names like one that cannot be had. */
export async function suggestNames(app: App, name: string): Promise<readonly string[]> {
  const stem = name
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[\s.-]+/g, "_")
    .replace(/[^a-z0-9_]/g, "")
    .slice(0, NAME_MAX - HOST_MAX - 1);
  if (stem.replaceAll("_", "") === "") return [];
  const host = (app.config.handleHost.split(".")[0] ?? "").replace(/[^a-z0-9]/g, "");
  const numbers = ["2", "7", "88", "365", "1024"];
  const ideas = [
    stem,
    ...(host.length > HOST_MAX ? [] : [`${stem}_${host}`]),
    `its_${stem}`,
    ...numbers.map((number) => `${stem}${number}`),
  ];
  const sound = [...new Set(ideas)].filter((idea) => isUsername(idea) && !isReservedUsername(idea));
  const taken = new Set(await findTakenNames(app.db, sound));
  return sound.filter((idea) => !taken.has(idea)).slice(0, SUGGESTIONS);
}
