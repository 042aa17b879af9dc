import { getLogger } from "@logtape/logtape";
import type { App } from "../../server/context.ts";
import type { Happening } from "../../server/domain/happening.ts";
import { tellBereaved } from "./tell-gone.ts";
import { tellEntry } from "./tell-entry.ts";
import { tellAnnouncement, tellConversation, tellNotified } from "./tell-person.ts";
import type { Registry } from "./registry.ts";
import { tellAccount, tellPeople } from "./send.ts";

/** Happenings that wait to be told; when more come, what is the oldest is not told any more. */
const MOST_WAITING = 2_000;

/** Tells those who listen what happens, one thing after the other. */
export type Teller = {
  tell(happening: Happening): void;
  /** Resolves when everything was told. */
  idle(): Promise<void>;
};

/** Turns happenings into frames for those who listen. */
export function createTeller(app: App, registry: Registry): Teller {
  const waiting: Happening[] = [];
  let telling: Promise<void> | null = null;
  const tellAll = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      try {
        await tellOne(app, registry, next);
      } catch (error) {
        // Nice to have: clients read what they missed with the next page.
        getLogger(["causeway", "streams"]).warning("not told: {type}", { type: next.type, error });
      }
    }
    telling = null;
  };
  return {
    tell(happening) {
      if (registry.size === 0) return;
      if (waiting.length >= MOST_WAITING) waiting.shift();
      waiting.push(happening);
      // In a turn of its own: whoever wrote it gets their answer first.
      telling ??= new Promise<void>((next) => setImmediate(next)).then(tellAll);
    },
    idle: async () => {
      await telling;
    },
  };
}

async function tellOne(app: App, registry: Registry, happening: Happening): Promise<void> {
  switch (happening.type) {
    case "entry":
      return await tellEntry(app, registry, happening.id, "update");
    case "edited":
      return await tellEntry(app, registry, happening.noteId, "status.update");
    case "removed":
      return await tellBereaved(app, registry, happening);
    case "notified":
      return await tellNotified(app, registry, happening.told);
    case "merged":
      return tellAccount(registry, happening.accountId, "notifications_merged", "1");
    case "filters":
      return tellAccount(registry, happening.accountId, "filters_changed", null);
    case "conversation":
      return await tellConversation(app, registry, happening);
    case "announcement":
      return await tellAnnouncement(app, registry, happening.id);
    case "announcement_removed":
      return tellPeople(registry, () => true, "announcement.delete", String(happening.id));
    case "access":
      return await registry.checkAccess();
  }
}
