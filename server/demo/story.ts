import type { App } from "../context.ts";
import { asId, type NoteId } from "../domain/ids.ts";
import { announceNote, likeNote } from "../services/reactions/reactions.ts";
import { viewNote } from "../services/threads/threads.ts";
import { arrived, dress, follow, join, type Person, post, setUp, until } from "./people.ts";
import { PALETTES } from "./pictures.ts";

export type Cast = { readonly ada: Person; readonly lin: Person; readonly mei: Person; readonly tom: Person };

/** Sets both instances up and makes two people on each. */
export async function makeCast(harbour: App, hill: App): Promise<Cast> {
  const ada = await setUp(harbour, {
    serverName: "Harbour · 港湾",
    username: "ada",
    languages: ["en", "zh-Hans"],
  });
  const mei = await setUp(hill, {
    serverName: "山坡 · Hillside",
    username: "mei",
    languages: ["zh-Hans", "en"],
  });
  const lin = await join(harbour, "lin", ["zh-Hans", "en"]);
  const tom = await join(hill, "tom", ["en"]);
  await dress(
    ada,
    "Ada at the harbour",
    "I repair boats and draw maps. **Tides**, ropes and slow mornings.",
    PALETTES.dawn,
    2,
  );
  await dress(lin, "林小舟", "写诗，也写程序。住在港口旁边。", PALETTES.mist, 5);
  await dress(
    mei,
    "梅 Mei",
    "山上的天文台。星星、茶和旧望远镜。Stars, tea and old telescopes.",
    PALETTES.dusk,
    3,
  );
  await dress(tom, "Tom up the hill", "Keeper of bees and of one very small library.", PALETTES.noon, 7);
  return { ada, lin, mei, tom };
}

/** Everybody follows everybody on the other instance, over HTTP, and waits for the answer. */
export async function followEachOther(cast: Cast): Promise<void> {
  for (const [one, other] of [
    [cast.ada, cast.mei],
    [cast.ada, cast.tom],
    [cast.lin, cast.mei],
    [cast.mei, cast.ada],
    [cast.mei, cast.lin],
    [cast.tom, cast.ada],
  ] as const)
    await follow(one, other);
}

/** Notes from both sides, each seen on the other before it is answered there. */
export async function tellStory(cast: Cast): Promise<void> {
  const { ada, lin, mei, tom } = cast;
  const tide = await post(ada, {
    source:
      "Low tide this morning, and the old **causeway** came up out of the water, stone by stone. #tides",
    language: "en",
    picture: {
      palette: PALETTES.dawn,
      seed: 4,
      alt: "A row of dark stones leads over still water towards purple hills at sunrise.",
    },
  });
  const poem = await post(lin, {
    source: "潮水退去，\n石头一块一块地醒来。\n从这一岸走到那一岸，\n不必等船。 #诗",
    language: "zh-Hans",
    picture: { palette: PALETTES.mist, seed: 9, alt: "雾中的浅水湾，一列石头通向远处灰绿色的山。" },
  });
  const there = await arrived(mei, tide.uri);
  await likeNote(mei.app, mei.viewer, there);
  await announceNote(mei.app, mei.viewer, await arrived(mei, poem.uri));
  const reply = await post(mei, {
    source: `@ada@${ada.app.config.handleHost} 从山上看得很清楚！ We could see it from up here: a dotted line across the bay.`,
    language: "zh-Hans",
    replyToId: there,
  });
  const sky = await post(mei, {
    source:
      "今晚木星离月亮很近，望远镜已经擦好了。\n\nJupiter stands next to the moon tonight; the telescope is clean. #stars #星空",
    language: "zh-Hans",
    picture: {
      palette: PALETTES.dusk,
      seed: 1,
      alt: "A violet evening sky over dark hills, with a low golden sun and its light on the water.",
    },
  });
  await post(tom, { source: "The bees are awake, and so, at last, am I. #bees", language: "en" });
  const back = await arrived(ada, reply.uri);
  await post(ada, {
    source: `@mei@${mei.app.config.handleHost} Then wave, next time! I will wave back with the big red flag.`,
    language: "en",
    replyToId: back,
  });
  await likeNote(ada.app, ada.viewer, await arrived(ada, sky.uri));
  await untilCounted(ada, asId(tide.id));
}

/** The like and the reply have come back to the note they are about. */
async function untilCounted(person: Person, id: NoteId): Promise<void> {
  await until("like and reply come back", async () => {
    const note = await viewNote(person.app, person.viewer, id);
    return note.likesCount > 0 && note.repliesCount > 0 ? note : null;
  });
}
