import { drawLandscape, drawPortrait, PALETTES, type Palette } from "../../server/demo/pictures.ts";
import type { Viewer } from "../../server/domain/actor.ts";
import type { CreateNote, NoteView } from "../../server/domain/note.ts";
import { receiveActor } from "../../server/services/actors/actors.ts";
import { saveDraft } from "../../server/services/notes/drafts.ts";
import { followActor, receiveFollow } from "../../server/services/relations/follows.ts";
import { createInvite } from "../../server/services/accounts/invites.ts";
import { votePoll } from "../../server/services/notes/polls.ts";
import { uploadImage } from "../../server/services/media/attachments.ts";
import { editNote } from "../../server/services/notes/notes.ts";
import { updateProfile } from "../../server/services/accounts/profile.ts";
import { announceNote, bookmarkNote, likeNote } from "../../server/services/reactions/reactions.ts";
import { receiveNote } from "../../server/services/notes/received-notes.ts";
import { updateSettings } from "../../server/services/accounts/settings.ts";
import { aMember, aNote, type TestInstance } from "../support/instance.ts";
import { type AdminSample, fillAdministration } from "./sample-admin.ts";
import { fillConsent, type Quotes } from "./sample-consent.ts";
import { type Explored, fillExplore } from "./sample-explore.ts";
import { fillFrame } from "./sample-frame.ts";
import { fillModeration, type Reported } from "./sample-moderation.ts";
import { fillSharing, type Shared } from "./sample-sharing.ts";
import { fillFilms, type Films } from "./sample-films.ts";
import { type Boats, fillLifeboats } from "./sample-lifeboat.ts";
import { fillNotes, type Told } from "./sample-notes.ts";
import { type Elsewhere, fillElsewhere } from "./sample-elsewhere.ts";
import { fillWriting, type Written } from "./sample-writing.ts";
import { fillProfiles } from "./sample-profiles.ts";
import { fillSafety, type Safety } from "./sample-safety.ts";
import { fillSignIn, type SignInSample } from "./sample-signin.ts";
import { aRemoteActor, aRemoteNote, ELSEWHERE, joinElsewhere } from "./sample-remote.ts";

/** A small community with something on every page. */
export type Sample = {
  readonly ada: Viewer;
  readonly lin: Viewer;
  /** A note with a picture, replies, likes, boosts and an earlier version. */
  readonly thread: NoteView;
  readonly warned: NoteView;
  /** Of lin: several pictures, a film, a long talk. */
  readonly told: Told;
  /** Films, boards and lists. */
  readonly explored: Explored;
  /** By lin, to the thread. */
  readonly answer: NoteView;
  /** With an open poll that ada has voted in. */
  readonly asked: NoteView;
  readonly draftId: number;
  readonly films: Films;
  readonly ways: SignInSample;
  readonly written: Written;
  /** Of ada. */
  readonly filterId: number;
  readonly remote: string;
  readonly elsewhere: Elsewhere;
  readonly shared: Shared;
  /** Of ada: a quote in each state. */
  readonly quotes: Quotes;
  /** Of ada, with lin in it and wen asked. */
  readonly collectionId: number;
  readonly staff: AdminSample;
  readonly reports: Reported;
  /** Decisions, appeals, held notes, demands of the law, waves. */
  readonly safety: Safety;
  readonly boats: Boats;
  /** Somebody who moved away, as a path. */
  readonly moved: string;
};

/** Fills an instance with people, notes in two languages, pictures, a conversation and somebody from elsewhere. */
export async function fillSample(instance: TestInstance): Promise<Sample> {
  const { app, owner } = instance;
  if (owner === null) throw new Error("The sample needs an owner.");
  await updateSettings(app, owner, {
    name: "Harbour · 港湾",
    description:
      "A small place for people who draw, cook and watch the tide. 画画、做饭、看潮水的人聚在这里。",
    rules:
      "1. **Be kind.** 与人为善。\n2. Describe your pictures. 给图片写说明。\n3. No advertising. 不发广告。",
    contactEmail: "harbour@example.org",
  });
  const people = await makePeople(instance);
  const { ada, lin } = people;
  const { thread, warned, answer, asked } = await writeNotes(instance, people);
  const remote = await meetSomebodyElsewhere(instance, ada);
  const elsewhere = await fillElsewhere(instance, people, thread);
  const draftId = await keepDraft(instance, ada);
  const written = await fillWriting(instance, ada);
  await createInvite(app, owner, { maxUses: 5, expiresInDays: 7 });
  const { filterId } = await fillFrame(instance, people);
  const quotes = await fillConsent(instance, people, thread);
  const reports = await fillModeration(instance, { reporter: ada, reported: people.wen, note: answer });
  const told = await fillNotes(instance, people);
  const shared = await fillSharing(instance, people);
  const films = await fillFilms(instance, ada);
  const ways = await fillSignIn(instance, ada);
  const { collectionId, moved } = await fillProfiles(instance, people, thread);
  const explored = await fillExplore(instance, people);
  const staff = await fillAdministration(instance);
  const boats = await fillLifeboats(instance, ada);
  const safety = await fillSafety(instance, people);
  return {
    safety,
    staff,
    reports,
    boats,
    films,
    shared,
    told,
    explored,
    ada,
    lin,
    thread,
    warned,
    answer,
    asked,
    draftId,
    ways,
    filterId,
    written,
    remote,
    elsewhere,
    quotes,
    collectionId,
    moved,
  };
}

/** A draft with everything in it that a form can hold. */
async function keepDraft({ app }: TestInstance, ada: Viewer): Promise<number> {
  const bytes = await drawLandscape(PALETTES.noon, 7);
  const picture = await uploadImage(app, ada, { bytes });
  const draft = await saveDraft(app, ada, {
    source: "Next week: how to splice a rope, step by step. :tide:",
    summary: "Ropes, many of them",
    visibility: "followers",
    language: "en",
    sensitive: false,
    poll: {
      options: ["On Tuesday", "星期六下午", "", "", "Never, I buy them spliced"],
      multiple: true,
      expiresInMs: 86_400_000,
    },
    policy: { reply: { automatic: "followers", manual: "everyone" } },
    replyToId: null,
    attachmentIds: [picture.id],
    alts: { [String(picture.id)]: "Two rope ends on a bench, opened into their strands." },
  });
  return Number(draft.id);
}

type People = { readonly ada: Viewer; readonly lin: Viewer; readonly tom: Viewer; readonly wen: Viewer };

async function makePeople(instance: TestInstance): Promise<People> {
  const { app } = instance;
  const make = async (username: string) => (await aMember(instance, username)).viewer;
  const people = {
    ada: await make("ada"),
    lin: await make("lin"),
    tom: await make("tom"),
    wen: await make("wen"),
  };
  await dress(
    instance,
    people.ada,
    "Ada at the harbour",
    "I repair boats and draw maps. **Tides**, ropes and slow mornings. #maps",
    PALETTES.dawn,
    2,
    [
      { name: "Website", value: "https://example.org/ada" },
      { name: "城市", value: "港口边" },
    ],
  );
  await dress(instance, people.lin, "林小舟", "写诗，也写程序。住在港口旁边。 #诗", PALETTES.mist, 5);
  await dress(instance, people.wen, "文文的厨房", "四川人，在外地做家乡菜。 #美食", PALETTES.dusk, 3);
  await updateProfile(app, people.tom, { locked: true, bot: true });
  const { ada, lin, tom, wen } = people;
  for (const [one, other] of [
    [ada, lin],
    [lin, ada],
    [wen, ada],
    [ada, wen],
    [tom, ada],
    [lin, wen],
  ] as const)
    await followActor(app, one, other.actorId);
  await updateProfile(app, ada, { locked: true });
  return people;
}

async function dress(
  { app }: TestInstance,
  viewer: Viewer,
  name: string,
  bioSource: string,
  palette: Palette,
  seed: number,
  fields: readonly { readonly name: string; readonly value: string }[] = [],
): Promise<void> {
  await updateProfile(app, viewer, {
    name,
    bioSource,
    fields,
    discoverable: true,
    indexable: true,
    avatar: await drawPortrait(palette, seed),
    header: await drawLandscape(palette, seed + 1, { width: 1500, height: 500 }),
  });
}

type Picture = {
  readonly palette: Palette;
  readonly seed: number;
  readonly alt: string;
  readonly size?: { width: number; height: number };
};

async function post(
  instance: TestInstance,
  by: Viewer,
  { pictures = [], ...note }: Partial<CreateNote> & { readonly pictures?: readonly Picture[] },
): Promise<NoteView> {
  instance.clock.advance(11 * 60_000);
  const attachments = [];
  for (const { palette, seed, alt, size } of pictures) {
    const { id } = await uploadImage(instance.app, by, {
      bytes: await drawLandscape(palette, seed, size),
      alt,
    });
    attachments.push({ id, alt });
  }
  return await aNote(instance, { by, ...note, attachments });
}

const PORTRAIT = { width: 900, height: 1200 };

async function writeNotes(instance: TestInstance, { ada, lin, tom, wen }: People) {
  const { app } = instance;
  await post(instance, tom, { source: "The bees are awake, and so, at last, am I. #bees", language: "en" });
  await post(instance, tom, {
    source: "Which day for the honey?",
    language: "en",
    poll: {
      options: ["Saturday", "Sunday", "When the rain is over"],
      multiple: false,
      expiresInMs: 3 * 86_400_000,
    },
  });
  const asked = await post(instance, wen, {
    source: "下次吃什么？",
    language: "zh-Hans",
    poll: { options: ["火锅", "饺子", "面条"], multiple: true, expiresInMs: 86_400_000 },
  });
  await votePoll(app, ada, asked.id, [0, 2]);
  await post(instance, tom, {
    source: "Bees count. Not to a hundred, but to four, and they know **nothing** as a number.",
    title: "What a bee knows of numbers",
    language: "en",
  });
  await post(instance, wen, {
    source:
      "红油抄手做好了！汤底用了鸡架和一点点花椒。\n\n1. 肉馅加姜水\n2. 包紧\n3. 水开再下\n\n#美食 #四川",
    language: "zh-Hans",
    pictures: [1, 2, 3].map((seed) => ({
      palette: PALETTES.dusk,
      seed,
      alt: `第${seed}步的照片`,
      size: PORTRAIT,
    })),
  });
  await post(instance, lin, {
    source: "潮水退去，\n石头一块一块地醒来。\n从这一岸走到那一岸，\n不必等船。 #诗",
    language: "zh-Hans",
    pictures: [
      { palette: PALETTES.mist, seed: 9, alt: "雾中的浅水湾，一列石头通向远处灰绿色的山。", size: PORTRAIT },
    ],
  });
  await post(instance, wen, { source: "今天只想说一句：下雨了。", language: "zh-Hans" });
  const warned = await post(instance, ada, {
    source: "The ferry does **not** come back in the last chapter.",
    summary: "Ending of “The Island Line”",
    language: "en",
  });
  await post(instance, lin, {
    source:
      "A week of small programs: `cat tide.txt | sort -n`\n\n```\nhigh 06:12\nlow  12:31\n```\n\n> Simple things, kept in order.\n\n- one file\n- one pipe\n- one answer",
    language: "en",
  });
  await post(instance, wen, {
    source: "",
    language: "zh-Hans",
    sensitive: true,
    pictures: [{ palette: PALETTES.noon, seed: 6, alt: "生鱼" }],
  });
  await post(instance, ada, {
    source: "@lin 明天六点，码头见？ See you at six, at the pier?",
    visibility: "direct",
    language: "en",
  });
  await post(instance, ada, {
    source: "Only for those who follow: the workshop is open on Sunday.",
    visibility: "followers",
    language: "en",
  });
  const thread = await post(instance, ada, {
    source: "Low tide this morning, and the old causeway came up out of the water. #tides",
    language: "en",
    pictures: [
      {
        palette: PALETTES.dawn,
        seed: 4,
        alt: "A row of dark stones leads over still water towards purple hills at sunrise.",
      },
    ],
  });
  const reply = await post(instance, lin, {
    source: "@ada 从桥上看得很清楚！像一条虚线画在海湾里。",
    language: "zh-Hans",
    replyToId: thread.id,
  });
  const deeper = await post(instance, ada, {
    source: "@lin Then wave, next time! I will wave back with the big red flag.",
    language: "en",
    replyToId: reply.id,
  });
  await post(instance, wen, {
    source: "@ada @lin 我带吃的来。 I bring the food.",
    language: "zh-Hans",
    replyToId: deeper.id,
  });
  await post(instance, wen, { source: "@ada Beautiful. Which lens?", language: "en", replyToId: thread.id });
  for (const viewer of [lin, wen, tom]) await likeNote(app, viewer, thread.id);
  for (const viewer of [lin, wen]) await announceNote(app, viewer, thread.id);
  await likeNote(app, ada, reply.id);
  await bookmarkNote(app, ada, reply.id);
  instance.clock.advance(60_000);
  await editNote(app, ada, {
    noteId: thread.id,
    source:
      "Low tide this morning, and the old **causeway** came up out of the water, stone by stone. https://example.org/tide-tables/harbour/2026 #tides #潮汐",
    language: "en",
  });
  return { thread, warned, answer: reply, asked };
}

async function meetSomebodyElsewhere(instance: TestInstance, ada: Viewer): Promise<string> {
  const { app } = instance;
  await joinElsewhere(instance);
  const picture = `https://${ELSEWHERE}/files/1.png`;
  await receiveActor(
    app,
    aRemoteActor("mei", {
      name: "梅 Mei",
      bioHtml: "<p>山上的天文台。星星、茶和旧望远镜。</p><p>Stars, tea and old telescopes.</p>",
      fields: [
        {
          name: "Observatory",
          valueHtml: '<a href="https://hill.test/observatory">hill.test/observatory</a>',
          verifiedAt: null,
        },
      ],
      avatarUrl: picture,
      headerUrl: picture,
    }),
  );
  await receiveNote(
    app,
    aRemoteNote("mei", "1", {
      contentHtml: "<p>今晚木星离月亮很近，望远镜已经擦好了。</p>",
      language: "zh-Hans",
      contentMap: {
        "zh-Hans": "<p>今晚木星离月亮很近，望远镜已经擦好了。</p>",
        en: "<p>Jupiter stands next to the moon tonight; the telescope is clean.</p>",
      },
      tags: ["stars"],
      attachments: [
        {
          kind: "image",
          url: picture,
          mediaType: "image/png",
          alt: "A violet evening sky over dark hills.",
          width: 640,
          height: 400,
          blurhash: null,
          focus: null,
          coverUrl: null,
          durationMs: null,
          digest: null,
          size: null,
        },
        {
          kind: "video",
          url: `https://${ELSEWHERE}/files/2.mp4`,
          mediaType: "video/mp4",
          alt: "The moon rises",
          width: null,
          height: null,
          blurhash: null,
          focus: null,
          coverUrl: null,
          durationMs: null,
          digest: null,
          size: null,
        },
      ],
    }),
    "wanted",
  );
  await receiveFollow(app, {
    uri: `https://${ELSEWHERE}/follows/1`,
    actorUri: `https://${ELSEWHERE}/users/mei`,
    objectUri: app.uris.actor(ada.actorId),
  });
  return `/@mei@${ELSEWHERE}`;
}
