import { beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { Account } from "../../api/entities/account.ts";
import {
  Count,
  GroupedNotifications,
  Notification,
  NotificationPolicy,
  NotificationRequest,
  OldNotificationPolicy,
} from "../../api/entities/notification.ts";
import { blockDomain } from "../../server/services/moderation/domains.ts";
import { announceNote, likeNote } from "../../server/services/reactions/reactions.ts";
import { reactToNote } from "../../server/services/reactions/emoji-reactions.ts";
import { followActor } from "../../server/services/relations/follows.ts";
import { reportActor } from "../../server/services/moderation/reports.ts";
import { aMember, aNote } from "../support/instance.ts";
import { aPerson, type Person, serve, type Served } from "./client.ts";

let served: Served;
let ada: Person;
let bo: Person;

beforeEach(async () => {
  served = await serve();
  ada = await aPerson(served, "ada");
  bo = await aPerson(served, "bo");
});

const app = () => served.instance.app;
const list = async (query = "") => {
  const { json } = await ada.ask("GET", `/api/v1/notifications${query}`);
  return z.array(Notification).parse(json);
};
const types = async (query = "") => (await list(query)).map((one) => one.type);
const grouped = async (query = "") =>
  GroupedNotifications.parse((await ada.ask("GET", `/api/v2/notifications${query}`)).json);

/** Something of each common kind, oldest first. */
async function things() {
  const note = await aNote(served.instance, { by: ada.viewer });
  await followActor(app(), bo.viewer, ada.viewer.actorId);
  await likeNote(app(), bo.viewer, note.id);
  await announceNote(app(), bo.viewer, note.id);
  const reply = await aNote(served.instance, { by: bo.viewer, source: "@ada yes", replyTo: note.id });
  return { note, reply };
}

describe("The list of notifications", () => {
  test("has Mastodon's words for ours, with what belongs to each, as masto and megalodon read it", async () => {
    const { note, reply } = await things();
    expect(await types()).toEqual(["mention", "reblog", "favourite", "follow"]);
    const seen = await ada.masto.v1.notifications.list();
    expect(seen.map((one) => [one.type, one.account.username, one.status?.id])).toEqual([
      ["mention", "bo", String(reply.id)],
      ["reblog", "bo", String(note.id)],
      ["favourite", "bo", String(note.id)],
      ["follow", "bo", undefined],
    ]);
    const { data } = await ada.megalodon.getNotifications({ limit: 2 });
    expect(data.map((one) => one.type)).toEqual(["mention", "reblog"]);
    const [first] = seen;
    const one = await ada.masto.v1.notifications.$select(first?.id ?? "").fetch();
    expect(one.type).toBe("mention");
    expect((await ada.megalodon.getNotification(first?.id ?? "")).data.type).toBe("mention");
  });

  test("makes a favourite of an emoji reaction, and says nothing of kinds that Mastodon does not have", async () => {
    const note = await aNote(served.instance, { by: ada.viewer });
    await reactToNote(app(), bo.viewer, note.id, "🎉");
    await app()
      .db.insertInto("notifications")
      .values({
        id: app().ids.next(),
        account_id: ada.viewer.accountId,
        kind: "security",
        actor_id: bo.viewer.actorId,
        note_id: 0,
        created_at: app().clock.now(),
      })
      .execute();
    expect(await types()).toEqual(["favourite"]);
  });

  test("comes page by page by its Link, in both directions, whatever limit is asked for", async () => {
    await things();
    const all = await list();
    const pages: string[][] = [];
    for await (const page of ada.masto.v1.notifications.list({ limit: 3 }))
      pages.push(page.map((one) => one.id));
    expect(pages).toEqual([all.slice(0, 3).map((one) => one.id), all.slice(3).map((one) => one.id)]);
    const [newest, , , oldest] = all;
    expect((await list(`?min_id=${oldest?.id}&limit=1`)).map((one) => one.type)).toEqual(["favourite"]);
    expect((await list(`?since_id=${oldest?.id}&limit=1`)).map((one) => one.id)).toEqual([newest?.id]);
    expect(await types("?limit=100000")).toHaveLength(4);
    expect(await types("?limit=-1")).toHaveLength(1);
  });

  test("is sieved by types, by what is excluded and by whom", async () => {
    await things();
    const cy = await aMember(served.instance, "cy");
    await followActor(app(), cy.viewer, ada.viewer.actorId);
    expect(await types("?types[]=follow&types[]=pleroma:emoji_reaction")).toEqual(["follow", "follow"]);
    expect(await types("?types[]=pleroma:emoji_reaction")).toEqual([]);
    expect(await types("?exclude_types[]=follow&exclude_types[]=mention")).toEqual(["reblog", "favourite"]);
    expect(await types("?types=mention")).toEqual(["mention"]);
    expect(await types(`?account_id=${cy.viewer.actorId}`)).toEqual(["follow"]);
    expect(await types("?supported_types[]=mention")).toEqual(["mention"]);
    for (const bad of ["?max_id=abc", "?types[0][x]=1", "?limit=many"])
      expect((await ada.ask("GET", `/api/v1/notifications${bad}`)).status).toBe(422);
  });

  test("loses what is dismissed or cleared, and nothing of anybody else", async () => {
    await things();
    const [mention] = await list();
    const path = `/api/v1/notifications/${mention?.id}`;
    for (const [method, foreign] of [
      ["GET", path],
      ["POST", `${path}/dismiss`],
    ] as const) {
      const refused = await bo.ask(method, foreign);
      const unknown = await bo.ask(method, foreign.replace(String(mention?.id), "12345"));
      expect(refused.status).toBe(404);
      expect(refused.json).toEqual(unknown.json);
    }
    await ada.masto.v1.notifications.$select(mention?.id ?? "").dismiss();
    expect(await types()).toEqual(["reblog", "favourite", "follow"]);
    await ada.megalodon.dismissNotification((await list())[0]?.id ?? "");
    await aNote(served.instance, { by: ada.viewer, source: "@bo hm" });
    await ada.masto.v1.notifications.clear();
    expect(await list()).toEqual([]);
    await ada.megalodon.dismissNotifications();
    expect((await bo.ask("GET", "/api/v1/notifications")).json).toHaveLength(1);
  });

  test("counts what is newer than the marker", async () => {
    await things();
    expect(await ada.masto.v1.notifications.unreadCount.fetch()).toEqual({ count: 4 });
    expect(await ada.masto.v2.notifications.unreadCount.fetch({ limit: 3 })).toEqual({ count: 3 });
    const { json } = await ada.ask("GET", "/api/v1/notifications/unread_count?types[]=mention");
    expect(Count.parse(json)).toEqual({ count: 1 });
  });

  test("needs its scope", async () => {
    const narrow = await aPerson(served, "cy", { scopes: ["read:statuses", "write:notifications"] });
    expect((await narrow.ask("GET", "/api/v1/notifications")).status).toBe(403);
    expect((await narrow.ask("POST", "/api/v1/notifications/clear")).status).toBe(200);
    expect((await ada.ask("GET", "/api/v1/notifications/zebra")).status).toBe(404);
  });
});

describe("What staff and the server say", () => {
  test("names a report with who wrote it, to staff alone", async () => {
    const mo = await aPerson(served, "mo", { role: "moderator" });
    await reportActor(app(), ada.viewer, {
      targetId: bo.viewer.actorId,
      noteIds: [],
      category: "spam",
      comment: "zebrafish",
      forward: false,
    });
    const { json } = await mo.ask("GET", "/api/v1/notifications");
    expect(z.array(Notification).parse(json)).toMatchObject([
      {
        type: "admin.report",
        account: { username: "ada" },
        report: { comment: "zebrafish", target_account: { username: "bo" }, category: "spam" },
      },
    ]);
    await app()
      .db.updateTable("accounts")
      .set({ role: "member" })
      .where("id", "=", mo.viewer.accountId)
      .execute();
    expect((await mo.ask("GET", "/api/v1/notifications")).json).toEqual([]);
  });

  test("tells with which server follows ended, and how many", async () => {
    const now = app().clock.now();
    for (const direction of ["follower", "following", "follower"])
      await app()
        .db.insertInto("severed")
        .values({
          id: app().ids.next(),
          host: "gone.test",
          actor_id: ada.viewer.actorId,
          remote_id: bo.viewer.actorId,
          direction,
          created_at: now,
        })
        .execute();
    await blockDomain(app(), { domain: "gone.test" });
    await app()
      .db.insertInto("notifications")
      .values({
        id: app().ids.next(),
        account_id: ada.viewer.accountId,
        kind: "severed",
        actor_id: bo.viewer.actorId,
        note_id: 0,
        created_at: now,
      })
      .execute();
    expect(await list()).toMatchObject([
      {
        type: "severed_relationships",
        event: { target_name: "gone.test", followers_count: 2, following_count: 1, type: "domain_block" },
      },
    ]);
  });
});

describe("Groups of notifications", () => {
  test("gather favourites, boosts and followers by hour, with accounts and statuses once", async () => {
    const note = await aNote(served.instance, { by: ada.viewer });
    const people = [bo];
    for (const name of ["cy", "di"]) people.push(await aPerson(served, name));
    for (const { viewer } of people) await likeNote(app(), viewer, note.id);
    for (const { viewer } of people) await followActor(app(), viewer, ada.viewer.actorId);
    await aNote(served.instance, { by: bo.viewer, source: "@ada yes", replyTo: note.id });
    const { notification_groups: groups, accounts, statuses } = await grouped();
    expect(groups.map((group) => [group.type, group.notifications_count])).toEqual([
      ["mention", 1],
      ["follow", 3],
      ["favourite", 3],
    ]);
    expect(groups[2]?.group_key).toMatch(new RegExp(`^favourite-${note.id}-\\d+$`));
    expect(groups[0]?.group_key).toBe(`ungrouped-${groups[0]?.most_recent_notification_id}`);
    expect(groups[1]?.sample_account_ids).toHaveLength(3);
    expect(accounts.map((account) => account.username).toSorted()).toEqual(["bo", "cy", "di"]);
    expect(statuses).toHaveLength(2);
    const seen = await ada.masto.v2.notifications.list({ groupedTypes: ["favourite"] });
    expect(seen.notificationGroups.map((group) => group.type)).toEqual([
      "mention",
      "follow",
      "follow",
      "follow",
      "favourite",
    ]);
    const partial = await grouped("?expand_accounts=partial_avatars");
    expect(partial.accounts.map((account) => account.username).toSorted()).toEqual(["bo", "di"]);
    expect(partial.partial_accounts?.map((account) => account.acct)).toEqual(["cy"]);
    expect(await ada.masto.v2.notifications.unreadCount.fetch()).toEqual({ count: 3 });
  });

  test("are cut into pages where a group would be too much, and tell the whole count on each", async () => {
    const note = await aNote(served.instance, { by: ada.viewer });
    const [cy, di] = [await aPerson(served, "cy"), await aPerson(served, "di")];
    await likeNote(app(), bo.viewer, note.id);
    await announceNote(app(), bo.viewer, note.id);
    await likeNote(app(), cy.viewer, note.id);
    served.instance.clock.advance(3_600_000);
    await likeNote(app(), di.viewer, note.id);
    const pages: [string, number][][] = [];
    for await (const page of ada.masto.v2.notifications.list({ limit: 2 }))
      pages.push(page.notificationGroups.map((group) => [group.type, group.notificationsCount]));
    expect(pages).toEqual([
      [
        ["favourite", 1],
        ["favourite", 2],
      ],
      [
        ["reblog", 1],
        ["favourite", 2],
      ],
    ]);
    const [first] = (await grouped("?limit=1")).notification_groups;
    const up = await grouped(`?min_id=${(await list()).at(-1)?.id}&limit=1`);
    expect(up.notification_groups.map((group) => group.type)).toEqual(["reblog"]);
    expect(first?.page_max_id).toBe(String(first?.most_recent_notification_id));
  });

  test("are found by their key, with all their people, dismissed, and hidden from others", async () => {
    const note = await aNote(served.instance, { by: ada.viewer });
    for (const person of [bo, await aPerson(served, "cy")]) await likeNote(app(), person.viewer, note.id);
    await aNote(served.instance, { by: bo.viewer, source: "@ada hm" });
    const [mention, likes] = (await grouped()).notification_groups;
    const key = likes?.group_key ?? "";
    const one = await ada.masto.v2.notifications.$select(key).fetch();
    expect(one.notificationGroups).toMatchObject([{ groupKey: key, notificationsCount: 2 }]);
    const { json } = await ada.ask("GET", `/api/v2/notifications/${key}/accounts`);
    expect(
      z
        .array(Account)
        .parse(json)
        .map((account) => account.username),
    ).toEqual(["cy", "bo"]);
    expect(await ada.masto.v2.notifications.$select(mention?.group_key ?? "").accounts.fetch()).toHaveLength(
      1,
    );
    for (const foreign of [key, mention?.group_key, "ungrouped-1", "favourite-1-1", "zebra", "follow-0"])
      for (const [method, tail] of [
        ["GET", ""],
        ["GET", "/accounts"],
        ["POST", "/dismiss"],
      ] as const) {
        const refused = await bo.ask(method, `/api/v2/notifications/${foreign}${tail}`);
        expect([foreign, tail, refused.status]).toEqual([foreign, tail, 404]);
      }
    await ada.masto.v2.notifications.$select(key).dismiss();
    await ada.masto.v2.notifications.$select(mention?.group_key ?? "").dismiss();
    expect((await grouped()).notification_groups).toEqual([]);
  });
});

describe("The policy", () => {
  test("is read and changed in both its forms, and is one with the setting of the pages", async () => {
    const before = await ada.masto.v2.notifications.policy.fetch();
    expect(before.forNotFollowing).toBe("accept");
    const next = await ada.masto.v2.notifications.policy.update({
      forNotFollowing: "drop",
      forNewAccounts: "filter",
    });
    expect(next).toMatchObject({ forNotFollowing: "drop", forNewAccounts: "filter" });
    const { json } = await ada.ask("GET", "/api/v2/notifications/policy");
    expect(NotificationPolicy.parse(json).for_not_following).toBe("drop");
    const account = await app()
      .db.selectFrom("accounts")
      .select("preferences")
      .where("id", "=", ada.viewer.accountId)
      .executeTakeFirstOrThrow();
    expect(JSON.parse(account.preferences)).toMatchObject({ notifyFrom: "followed" });
    const old = await ada.ask("PUT", "/api/v1/notifications/policy", { filter_not_following: "1" });
    expect(OldNotificationPolicy.parse(old.json).filter_not_following).toBe(true);
    await ada.ask("PUT", "/api/v1/notifications/policy", { filter_not_following: false });
    const last = await ada.ask("GET", "/api/v2/notifications/policy");
    expect(last.json).toMatchObject({ for_not_following: "accept", for_new_accounts: "filter" });
    const bad = await ada.ask("PATCH", "/api/v2/notifications/policy", { for_new_accounts: "perhaps" });
    expect(bad.status).toBe(422);
  });

  test("lets strangers wait in requests, which are accepted or dismissed", async () => {
    await ada.masto.v2.notifications.policy.update({ forNotFollowing: "filter" });
    const cy = await aPerson(served, "cy");
    for (const by of [bo.viewer, cy.viewer])
      for (const words of ["one", "two"]) await aNote(served.instance, { by, source: `@ada ${words}` });
    expect(await list()).toEqual([]);
    expect(await ada.masto.v1.notifications.unreadCount.fetch()).toEqual({ count: 0 });
    const { json } = await ada.ask("GET", "/api/v1/notifications/requests");
    const requests = z.array(NotificationRequest).parse(json);
    expect(requests.map((one) => [one.account.username, one.notifications_count])).toEqual([
      ["cy", "2"],
      ["bo", "2"],
    ]);
    expect(requests[1]?.last_status?.content).toContain("two");
    const policy = await ada.masto.v2.notifications.policy.fetch();
    expect(policy.summary).toEqual({ pendingRequestsCount: 2, pendingNotificationsCount: 4 });
    const waiting = await list(`?account_id=${bo.viewer.actorId}&include_filtered=true`);
    expect(waiting).toHaveLength(2);
    const id = requests[1]?.id ?? "";
    for (const [method, tail] of [
      ["GET", ""],
      ["POST", "/accept"],
      ["POST", "/dismiss"],
    ] as const)
      expect((await bo.ask(method, `/api/v1/notifications/requests/${id}${tail}`)).status).toBe(404);
    const one = await ada.masto.v1.notifications.requests.$select(id).fetch();
    expect(one.account.username).toBe("bo");
    await ada.masto.v1.notifications.requests.$select(id).accept();
    expect(await types()).toEqual(["mention", "mention"]);
    expect(await ada.masto.v1.notifications.requests.merged.fetch()).toEqual({ merged: true });
    await aNote(served.instance, { by: bo.viewer, source: "@ada three" });
    expect(await types()).toHaveLength(3);
    const foreign = await bo.ask("POST", "/api/v1/notifications/requests/dismiss", { id: [requests[0]?.id] });
    expect(foreign.status).toBe(404);
    await ada.ask("POST", "/api/v1/notifications/requests/dismiss", { id: [requests[0]?.id] });
    expect(await list("?include_filtered=1")).toHaveLength(3);
    expect((await ada.ask("GET", "/api/v1/notifications/requests")).json).toEqual([]);
  });

  test("drops what it is told to, and holds back young accounts, private messages and who does not follow", async () => {
    const policy = ada.masto.v2.notifications.policy;
    await policy.update({ forPrivateMentions: "drop" });
    await aNote(served.instance, { by: bo.viewer, source: "@ada psst", visibility: "direct" });
    expect(await list("?include_filtered=true")).toEqual([]);
    const own = await aNote(served.instance, { by: ada.viewer, source: "@bo yes?", visibility: "direct" });
    await aNote(served.instance, { by: bo.viewer, source: "@ada ah", visibility: "direct", replyTo: own.id });
    expect(await types()).toEqual(["mention"]);
    await policy.update({ forPrivateMentions: "accept", forNewAccounts: "filter" });
    await followActor(app(), bo.viewer, ada.viewer.actorId);
    expect(await types()).toEqual(["mention"]);
    await policy.update({ forNewAccounts: "accept", forNotFollowers: "filter" });
    await aNote(served.instance, { by: bo.viewer, source: "@ada too early" });
    expect(await types()).toEqual(["mention"]);
    served.instance.clock.advance(4 * 86_400_000);
    await aNote(served.instance, { by: bo.viewer, source: "@ada a true follower" });
    expect(await types()).toEqual(["mention", "mention"]);
  });
});
