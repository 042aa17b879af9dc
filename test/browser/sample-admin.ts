import { drawPortrait, PALETTES } from "../../server/demo/pictures.ts";
import { asId } from "../../server/domain/ids.ts";
import { finishChore } from "../../server/services/administration/chores.ts";
import { uploadEmoji } from "../../server/services/administration/emojis.ts";
import { saveAnnouncement } from "../../server/services/announcements/announcements.ts";
import { storeActivity } from "../../server/services/federation/deliveries.ts";
import { blockDomain } from "../../server/services/moderation/domains.ts";
import { importDomains } from "../../server/services/moderation/domains-drafts.ts";
import { setTagHidden } from "../../server/services/moderation/hidden-tags.ts";
import { addRelay } from "../../server/services/moderation/relays.ts";
import { buryQueue } from "../../server/store/deliveries.ts";
import { writeHost } from "../../server/store/hosts.ts";
import type { TestInstance } from "../support/instance.ts";

export type AdminSample = { readonly announcementId: number; readonly domainFileId: number };

/** What those who run a server find: announcements, emoji, hosts in trouble, a dead delivery, findings of the doctor. */
export async function fillAdministration(instance: TestInstance): Promise<AdminSample> {
  const { app, owner } = instance;
  if (owner === null) throw new Error("The sample needs an owner.");
  const now = app.clock.now();
  const say = async (source: string, more: { readonly publish?: boolean; readonly endsAt?: number } = {}) =>
    await saveAnnouncement(app, owner, null, {
      source,
      language: "en",
      startsAt: null,
      endsAt: more.endsAt ?? null,
      publish: more.publish ?? true,
    });
  await say("Draft: new rules for pictures of other people.", { publish: false });
  const announcementId = await say(
    "**Sunday, 06:00 UTC:** the server moves to a new machine and is away for an hour. 星期日搬家，停一小时。",
    { endsAt: now + 3 * 86_400_000 },
  );
  await uploadEmoji(app, owner, { shortcode: "harbour", bytes: await drawPortrait(PALETTES.noon, 4) });
  await fillHosts(instance);
  await addRelay(app, { url: "https://relay.example/inbox", style: "mastodon" });
  await blockDomain(app, { domain: "spam.example" });
  await setTagHidden(app, owner, { tag: "giveaway", hidden: true });
  await finishChore(app, "examine", [
    { subject: "configuration", state: "ok", text: "sound; the address is https://harbour.example" },
    { subject: "disk", state: "warn", text: "0.8 GiB free" },
    { subject: "certificate", state: "fail", text: "ended 2 days ago" },
  ]);
  await finishChore(app, "find-strays", { files: 12, bytes: 3_400_000 });
  const domainFileId = await importDomains(app, owner, {
    name: "neighbours.csv",
    bytes: new TextEncoder().encode(
      '#domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate\nhill.test,suspend,False,False,"Spam, every day",False\nnoise.example,silence,True,False,骚扰,False\nspam.example,silence,False,False,,False\ncom,suspend,False,False,,False\n',
    ),
  });
  return { announcementId, domainFileId };
}

/** Servers that answer, rest and are silent, with what waits for them. */
async function fillHosts({ app, owner }: TestInstance): Promise<void> {
  const now = app.clock.now();
  const id = app.ids.next();
  await storeActivity(app, {
    id: asId(id),
    uri: app.uris.activity(id),
    actorId: owner?.actorId ?? asId(0),
    body: "{}",
    public: false,
    inboxes: [
      "https://quiet.example/inbox",
      "https://slow.example/inbox",
      "https://slow.example/users/a/inbox",
    ],
  });
  await buryQueue(app.db, "quiet.example", now, "503 Service Unavailable");
  const well = { software: "mastodon", version: "4.6.1", ok_at: now - 60_000 };
  await writeHost(app.db, "lake.example", well);
  await writeHost(app.db, "quiet.example", {
    failures: 40,
    failing_since: now - 9 * 86_400_000,
    dead_at: now - 86_400_000,
    retry_at: now + 86_400_000,
  });
  await writeHost(app.db, "slow.example", {
    ...well,
    failures: 3,
    failing_since: now - 3_600_000,
    retry_at: now + 900_000,
  });
}
