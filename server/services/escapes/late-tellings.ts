import type { App } from "../../context.ts";
import { type ActivityId, type ActorId, asId } from "../../domain/ids.ts";
import { EscapeKit } from "../../domain/lifeboat.ts";
import { escapeWay } from "../../domain/move-forms.ts";
import { findActorById } from "../../store/actors.ts";
import { fromJson, toJson } from "../../store/codec.ts";
import type { Db } from "../../store/database.ts";
import { tellUntold, type UntoldRow } from "../../store/entrusted-keys.ts";
import { findMember, findSuccessor, reviveHosts } from "../../store/escapes.ts";
import { writeActivity } from "../federation/deliveries.ts";
import { areMessages } from "./messages.ts";

// Whose key is found after they were brought over: servers that believed nothing that was sealed are told now, by the key.

/**
 * Has servers told that could not follow a member without the old key, inside the caller's transaction. Returns how many: none
 * when the member is somewhere else by now, or nothing was sealed that could be said.
 */
export async function tellLate(
  app: App,
  tx: Db,
  of: { readonly memberId: number; readonly signerId: ActorId; readonly untold: readonly UntoldRow[] },
): Promise<number> {
  const member = await findMember(tx, of.memberId);
  if (member === undefined || member.actor_id === null || member.state !== "launched") return 0;
  const newUri = app.uris.actor(member.actor_id);
  const now = await findActorById(tx, member.actor_id);
  // Gone from here, or on to another place: nobody should be led here any more.
  if (now === undefined || now.deleted_at !== null || now.moved_to_uri !== null) return 0;
  if (!fromJson<readonly string[]>(now.also_known_as, []).includes(member.actor_uri)) return 0;
  const kit = EscapeKit.safeParse(fromJson<unknown>(member.kit, null));
  const messages = kit.success ? kit.data.homes.find((home) => home.new === newUri) : undefined;
  const went = await findSuccessor(tx, member.actor_uri);
  if (messages === undefined || !areMessages(messages, { oldUri: member.actor_uri, newUri })) return 0;
  if (went?.new_uri !== newUri) return 0;
  const means = { origin: "silent", key: "live" } as const;
  const forms = Map.groupBy(of.untold, ({ software }) => {
    const way = escapeWay(software, means);
    return "form" in way ? way.form : null;
  });
  let told = 0;
  for (const [form, rows] of forms) {
    if (form === null) continue;
    const id = asId<ActivityId>(app.ids.next());
    const ids = rows.map((row) => row.id);
    const taken = await tellUntold(tx, ids, { activityId: id, form });
    const inboxes = rows.filter((row) => taken.has(row.id)).map(({ inbox }) => inbox);
    await reviveHosts(
      tx,
      inboxes.flatMap((inbox) => URL.parse(inbox)?.host ?? []),
      app.clock.now(),
    );
    await writeActivity(app, tx, {
      id,
      // The message itself keeps its name; others were told it already, by another hand.
      uri: `${member.actor_uri}#escapes/${id}`,
      actorId: of.signerId,
      body: toJson(messages[form]),
      public: false,
      inboxes,
      escape: true,
    });
    told += inboxes.length;
  }
  return told;
}
