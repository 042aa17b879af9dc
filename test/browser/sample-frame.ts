import type { Viewer } from "../../server/domain/actor.ts";
import { createFilter } from "../../server/services/filters/filters.ts";
import { muteActor } from "../../server/services/relations/relationships.ts";
import { aMember, type TestInstance } from "../support/instance.ts";

/** Filters of ada and somebody she mutes for a week. The path of one filter. */
export async function fillFrame(
  instance: TestInstance,
  { ada }: { readonly ada: Viewer },
): Promise<{ readonly filterId: number }> {
  const { app } = instance;
  const filterId = await createFilter(app, ada, {
    title: "Football",
    contexts: ["home", "public"],
    action: "warn",
    keywords: ["football", "#matchday", "世界杯"].map((keyword) => ({ keyword, wholeWord: true })),
    expiresInMs: 7 * 86_400_000,
  });
  await createFilter(app, ada, {
    title: "",
    contexts: ["home", "notifications", "public", "thread", "account"],
    action: "hide",
    keywords: [{ keyword: "giveaway", wholeWord: false }],
    expiresInMs: null,
  });
  const { viewer: loud } = await aMember(instance, "loud_lou");
  await muteActor(app, ada, loud.actorId, { forMs: 7 * 86_400_000 });
  return { filterId };
}
