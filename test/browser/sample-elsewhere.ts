import { drawPortrait, PALETTES } from "../../server/demo/pictures.ts";
import type { Viewer } from "../../server/domain/actor.ts";
import type { ReceivedEmoji } from "../../server/domain/emoji.ts";
import type { NoteId } from "../../server/domain/ids.ts";
import type { NoteView, ReceivedNote } from "../../server/domain/note.ts";
import { receiveActor } from "../../server/services/actors/actors.ts";
import { addEmoji } from "../../server/services/notes/emojis.ts";
import { votePoll } from "../../server/services/notes/polls.ts";
import { receiveNote } from "../../server/services/notes/received-notes.ts";
import { receiveEmojiReaction } from "../../server/services/reactions/emoji-reactions.ts";
import { receiveAnnounce } from "../../server/services/reactions/reactions.ts";
import { followActor } from "../../server/services/relations/follows.ts";
import type { TestInstance } from "../support/instance.ts";
import { aRemoteActor, aRemoteNote, ELSEWHERE } from "./sample-remote.ts";

const DAY = 86_400_000;
const FILES = `https://${ELSEWHERE}/files`;

/** Pages of what came from other servers, by what is on them. */
export type Elsewhere = {
  readonly author: string;
  readonly group: string;
  readonly poll: string;
  readonly replies: string;
};

function anEmoji(name: string): ReceivedEmoji {
  return { name, url: `${FILES}/${name}.png`, uri: null, mediaType: "image/png", updatedAt: null };
}

/** Emoji of ours, and every kind of note and actor that other servers send: polls, articles, events, films, groups. */
export async function fillElsewhere(
  instance: TestInstance,
  people: { readonly ada: Viewer; readonly lin: Viewer },
  thread: NoteView,
): Promise<Elsewhere> {
  const { app } = instance;
  for (const [shortcode, palette] of [
    ["tide", PALETTES.noon],
    ["lantern", PALETTES.dusk],
  ] as const)
    await addEmoji(app, { shortcode, bytes: await drawPortrait(palette, 3) });
  const author = await receiveActor(
    app,
    aRemoteActor("yan", {
      name: "严 Yan :lamp:",
      bioHtml: "<p>灯塔、纸和墨。 Lighthouses, paper and ink. :lamp:</p>",
      emojis: [anEmoji("lamp")],
      avatarUrl: `${FILES}/yan.png`,
    }),
  );
  await receiveActor(
    app,
    aRemoteActor("boats", {
      kind: "Group",
      name: "Small boats · 小船",
      bioHtml: "<p>Building, mending, rowing. 造船、修船、划船。</p>",
    }),
  );
  await followActor(app, people.ada, author);
  const ids = await receiveKinds(instance);
  const poll = ids.get("poll");
  const voted = ids.get("voted");
  const open = ids.get("replies");
  if (poll === undefined || voted === undefined || open === undefined)
    throw new Error("A note was not taken.");
  await votePoll(app, people.ada, voted, [1]);
  await receiveAnnounce(app, {
    uri: `https://${ELSEWHERE}/announces/1`,
    actorUri: `https://${ELSEWHERE}/users/boats`,
    objectUri: `https://${ELSEWHERE}/users/yan/notes/link`,
    publishedAt: app.clock.now(),
    visibility: "public",
  });
  await react(instance, thread);
  const page = `/@yan@${ELSEWHERE}`;
  return { author: page, group: `/@boats@${ELSEWHERE}`, poll: `${page}/${poll}`, replies: `${page}/${open}` };
}

/** More kinds of reactions than fit in a line, drawn and custom ones. */
async function react({ app }: TestInstance, thread: NoteView): Promise<void> {
  for (const [index, name] of ["🌊", "😂", ":lamp:", "👏🏽", "🥟"].entries()) {
    await receiveActor(app, aRemoteActor(`reader${index}`, { name: `Reader ${index + 1}` }));
    await receiveEmojiReaction(app, {
      uri: `https://${ELSEWHERE}/reactions/${index}`,
      actorUri: `https://${ELSEWHERE}/users/reader${index}`,
      objectUri: thread.uri,
      name,
      emojiUrl: name === ":lamp:" ? `${FILES}/lamp.png` : null,
    });
  }
}

async function receiveKinds({ app, clock }: TestInstance): Promise<ReadonlyMap<string, NoteId>> {
  const ids = new Map<string, NoteId>();
  const now = clock.now();
  for (const [index, [key, given]] of kinds(now).entries()) {
    const publishedAt = now - (20 - index) * 60_000;
    const note = aRemoteNote("yan", key, { publishedAt, tags: ["elsewhere"], ...given });
    const id = await receiveNote(app, note, "wanted");
    if (id !== null) ids.set(key, id);
  }
  return ids;
}

function kinds(now: number): readonly (readonly [string, Partial<ReceivedNote>])[] {
  return [...pollKinds(now), ...pageKinds(now), ...quoteKinds()];
}

function pollKinds(now: number): readonly (readonly [string, Partial<ReceivedNote>])[] {
  return [
    [
      "over",
      {
        kind: "Question",
        language: "zh-Hans",
        contentHtml: "<p>明年出海的日子定在哪天？</p>",
        poll: {
          multiple: false,
          options: [
            { title: "三月", votes: 1_204 },
            { title: "五月", votes: 873 },
            { title: "等风来", votes: 0 },
          ],
          endsAt: now - DAY,
          closedAt: now - DAY,
          votersCount: 2_077,
        },
      },
    ],
    [
      "voted",
      {
        kind: "Question",
        contentHtml: "<p>Oil or electric for the lamp? :lamp:</p>",
        emojis: [anEmoji("lamp")],
        poll: {
          multiple: false,
          options: [
            { title: "Oil :lamp:", votes: 14 },
            { title: "Electric, with a battery that lasts the whole of a winter night", votes: 31 },
          ],
          endsAt: now + 2 * DAY,
          closedAt: null,
          votersCount: 45,
        },
      },
    ],
    [
      "poll",
      {
        kind: "Question",
        contentHtml: "<p>What shall I draw next? 下一张画什么？ :lamp:</p>",
        emojis: [anEmoji("lamp")],
        poll: {
          multiple: true,
          options: [
            { title: "The lighthouse at night :lamp:", votes: 14 },
            { title: "潮水退去以后，海湾里一块一块醒来的石头和等船的人", votes: 9 },
            { title: "The ferry", votes: 3 },
          ],
          endsAt: now + 2 * DAY,
          closedAt: null,
          votersCount: 20,
        },
      },
    ],
    [
      "replies",
      {
        contentHtml: "<p>Tell me of the first light you remember. 说说你记得的第一盏灯。</p>",
        repliesUri: `https://${ELSEWHERE}/users/yan/notes/replies/replies`,
        repliesTotal: 23,
      },
    ],
  ];
}

function pageKinds(now: number): readonly (readonly [string, Partial<ReceivedNote>])[] {
  const file = {
    alt: "",
    width: null,
    height: null,
    blurhash: null,
    focus: null,
    coverUrl: null,
    durationMs: null,
    digest: null,
    size: null,
  };
  return [
    [
      "article",
      {
        kind: "Article",
        title: "How a lamp is kept burning: a year at the northern light",
        contentHtml:
          "<p>In January the oil is thick as honey.</p><p>You warm it on the stove, a cup at a time, and carry it up the hundred and four steps.</p>",
      },
    ],
    [
      "event",
      {
        kind: "Event",
        title: "灯塔开放日 · Open day at the light",
        contentHtml: "<p>Climb the steps, drink tea, look far. 爬楼梯，喝茶，看远方。</p>",
        event: {
          startsAt: now + 5 * DAY,
          endsAt: now + 5 * DAY + 3 * 3_600_000,
          place: "Northern light, Hill road 7, 港湾市",
          placeUrl: "https://hill.test/map",
          isCancelled: false,
        },
      },
    ],
    [
      "cancelled",
      {
        kind: "Event",
        title: "Rowing before breakfast",
        contentHtml: "<p>Too much wind.</p>",
        event: {
          startsAt: now + DAY,
          endsAt: null,
          place: null,
          placeUrl: "https://hill.test/room",
          isCancelled: true,
        },
      },
    ],
    [
      "film",
      {
        kind: "Video",
        title: "一百零四级台阶",
        contentHtml: "<p>From the door to the lamp, without a cut.</p>",
        language: "zh-Hans",
        attachments: [
          {
            ...file,
            kind: "video",
            url: `${FILES}/steps.mp4`,
            mediaType: "video/mp4",
            coverUrl: `${FILES}/cover.png`,
            durationMs: 754_000,
          },
        ],
      },
    ],
    [
      "link",
      {
        kind: "Page",
        title: "Plans of a rowing boat for two, to be printed on four sheets",
        contentHtml: "",
        audienceUri: `https://${ELSEWHERE}/users/boats`,
        attachments: [
          {
            ...file,
            kind: "file",
            url: "https://plans.test/boat",
            mediaType: "text/html",
            alt: "plans.test/boat",
          },
        ],
      },
    ],
  ];
}

function quoteKinds(): readonly (readonly [string, Partial<ReceivedNote>])[] {
  return [
    [
      "quoting",
      {
        contentHtml: "<p>这句话要挂在墙上。</p>",
        language: "zh-Hans",
        quote: { uri: `https://${ELSEWHERE}/users/mei/notes/1`, authorizationUri: null },
      },
    ],
  ];
}
