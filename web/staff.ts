import { outranks } from "../server/domain/actor.ts";
import { notFound } from "../server/errors.ts";
import { fromNowhere } from "../server/services/moderation/withheld-here.ts";
import type { MemberHandler } from "./visit.ts";

/** A page for moderators and above; for others there is nothing here. Whoever judges sees what the law keeps from visitors. */
export function moderators(handler: MemberHandler): MemberHandler {
  return async (c, viewer) => {
    if (!outranks(viewer.role, "member")) throw notFound();
    return await fromNowhere(() => handler(c, viewer));
  };
}

/** A page for administrators and the owner; for others there is nothing here. */
export function administrators(handler: MemberHandler): MemberHandler {
  return async (c, viewer) => {
    if (!outranks(viewer.role, "moderator")) throw notFound();
    return await fromNowhere(() => handler(c, viewer));
  };
}
