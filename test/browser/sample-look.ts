import sharp from "sharp";
import { drawPortrait, PALETTES } from "../../server/demo/pictures.ts";
import type { Viewer } from "../../server/domain/actor.ts";
import { uploadImage } from "../../server/services/media/attachments.ts";
import { updateProfile } from "../../server/services/accounts/profile.ts";
import { followActor } from "../../server/services/relations/follows.ts";
import { likeNote } from "../../server/services/reactions/reactions.ts";
import { countTrends } from "../../server/services/trends/count-trends.ts";
import { aMember, aNote, type TestInstance } from "../support/instance.ts";

type Still = {
  readonly by: "yu" | "noor" | "sal";
  readonly title?: string;
  readonly source: string;
  readonly language: string;
  readonly alt: string;
  readonly size: readonly [width: number, height: number];
  readonly ground: readonly [string, string];
  /** Within a box of 100 × 100 in the middle of the picture. */
  readonly drawing: string;
  readonly likes?: number;
};

const UPRIGHT = [900, 1200] as const;
const SQUARE = [1080, 1080] as const;
const WIDE = [1280, 860] as const;

const STILLS: readonly Still[] = [
  {
    by: "yu",
    source: "早上的橘子，分你一半。 #美食",
    language: "zh-Hans",
    alt: "桌上三个橘子，一个切开了。",
    size: UPRIGHT,
    ground: ["#f4d9b0", "#e7b878"],
    drawing: `<ellipse cx="50" cy="80" rx="46" ry="7" fill="#c98f4e" opacity=".5"/><circle cx="34" cy="58" r="20" fill="#ef8a1d"/>
      <circle cx="67" cy="62" r="17" fill="#f39c2d"/><path d="M34 39q6-9 14-6-5 8-14 6z" fill="#3f7a3a"/>
      <circle cx="55" cy="74" r="12" fill="#fbe3b4"/><circle cx="55" cy="74" r="10.5" fill="#f7a63b"/>
      <path d="M55 64v20M45 74h20M48 67l14 14M62 67L48 81" stroke="#fbe3b4" stroke-width="1.2"/>`,
    likes: 3,
  },
  {
    by: "noor",
    title: "Reading corner, finished",
    source: "Three shelves, one lamp, and a cat who has not read any of it. #home #books",
    language: "en",
    alt: "A shelf with books in many colours, a lamp and a sleeping cat.",
    size: UPRIGHT,
    ground: ["#e9e3d7", "#cdbfa8"],
    drawing: `${shelf(8, 8)}${shelf(38, 3)}${shelf(68, 5)}
      <path d="M62 66q0-12 12-12l3-5 3 5 5-4v6q9 3 7 10z" fill="#3b3a3f"/>`,
    likes: 2,
  },
  {
    by: "sal",
    source: "ضباب الصباح فوق الميناء. #صباح",
    language: "ar",
    alt: "قارب صغير في ضباب الصباح.",
    size: WIDE,
    ground: ["#dfe7ea", "#a9bcc4"],
    drawing: `<path d="M22 62h56l-9 14H31z" fill="#8c3b2e"/><path d="M49 18v42H25z" fill="#f7f3ea"/><path d="M52 24v36h20z" fill="#e9dcc6"/>
      <path d="M-20 82q12-5 24 0t24 0 24 0 24 0 24 0 24 0v30h-150z" fill="#7d98a3"/>`,
    likes: 1,
  },
  {
    by: "yu",
    title: "阳台上的番茄终于红了",
    source: "从三月等到现在，一共七个。 #阳台 #植物",
    language: "zh-Hans",
    alt: "番茄藤上的红番茄和两个青的。",
    size: UPRIGHT,
    ground: ["#d6e8d2", "#9cc19a"],
    drawing: `<path d="M50 0q-8 30 0 54t-2 46" stroke="#2f6b3a" stroke-width="2.5" fill="none"/>
      <path d="M50 22q18-14 30 2-18 8-30-2zM48 44q-20-12-32 4 18 8 32-4z" fill="#3d8048"/>
      <circle cx="64" cy="50" r="13" fill="#d43a2f"/><circle cx="38" cy="68" r="15" fill="#c62f2a"/><circle cx="62" cy="80" r="10" fill="#7fae4e"/>`,
    likes: 4,
  },
  {
    by: "noor",
    source: "Night train, window seat. #travel",
    language: "en",
    alt: "A train window at night, with the moon above dark hills and one lit house.",
    size: SQUARE,
    ground: ["#2a2233", "#17121f"],
    drawing: `<rect x="8" y="14" width="84" height="66" rx="10" fill="#1f3358"/><circle cx="70" cy="32" r="8" fill="#f4e9c4"/>
      <path d="M8 64q20-20 38-8t46-6v20q0 10-10 10H18q-10 0-10-10z" fill="#0f1c33"/><rect x="30" y="64" width="5" height="5" fill="#ffc765"/>
      <rect x="8" y="14" width="84" height="66" rx="10" fill="none" stroke="#5b4a63" stroke-width="3"/>`,
    likes: 2,
  },
  {
    by: "sal",
    title: "Tea, three ways",
    source: "Mint, sage, and the one my aunt will not explain. #tea #recipes",
    language: "en",
    alt: "Three glasses of tea in different colours on a round tray.",
    size: WIDE,
    ground: ["#efe0cf", "#d3b28c"],
    drawing: `<ellipse cx="50" cy="70" rx="60" ry="20" fill="#b98a4f"/><ellipse cx="50" cy="68" rx="56" ry="17" fill="#d6ab6d"/>
      ${glass(14, "#b5651d")}${glass(42, "#7a8f3a")}${glass(70, "#8f2f1f")}`,
    likes: 3,
  },
  {
    by: "yu",
    source: "雨停了，路口的灯全倒过来了。",
    language: "zh-Hans",
    alt: "雨后的街道，灯光映在水里。",
    size: UPRIGHT,
    ground: ["#28304a", "#5a4a73"],
    drawing: [12, 30, 47, 66, 84]
      .map(
        (x, index) =>
          `<circle cx="${x}" cy="${24 + (index % 3) * 9}" r="4" fill="#ffd48a"/><rect x="${x - 1.5}" y="64" width="3" height="${20 + index * 4}" rx="1.5" fill="#ffb45e" opacity=".7"/>`,
      )
      .join(""),
  },
  {
    by: "noor",
    source: "First snow on the pass, and nobody on it but us. #mountains",
    language: "en",
    alt: "Two snowy peaks under a pale blue sky.",
    size: UPRIGHT,
    ground: ["#bcd7ec", "#e9f1f5"],
    drawing: `<path d="M-30 100L30 20l60 80z" fill="#6f8ba3"/><path d="M30 20l17 23-10 6-7-6-8 7-9-8z" fill="#fff"/>
      <path d="M30 110L82 38l58 72z" fill="#4e6a83"/><path d="M82 38l14 18-9 5-6-5-7 5-6-5z" fill="#fff"/>`,
    likes: 1,
  },
  {
    by: "sal",
    source: "Pottery class, week four: it holds water. #clay",
    language: "en",
    alt: "A blue glazed bowl on a wooden wheel.",
    size: SQUARE,
    ground: ["#e4ded6", "#c3b6a6"],
    drawing: `<ellipse cx="50" cy="78" rx="40" ry="9" fill="#7b6450"/><path d="M20 44h60q-2 32-22 34H42Q22 76 20 44z" fill="#2f6f9f"/>
      <ellipse cx="50" cy="44" rx="30" ry="8" fill="#8fc0dd"/><path d="M22 54q28 12 56 0" stroke="#dcecf4" stroke-width="2" fill="none"/>`,
    likes: 2,
  },
  {
    by: "yu",
    title: "周末去看海",
    source: "坐最早一班船，回来的时候鞋里全是沙。 #旅行 #海岛",
    language: "zh-Hans",
    alt: "沙滩上一把红色的伞和海浪。",
    size: UPRIGHT,
    ground: ["#8fd0dc", "#f2deb3"],
    drawing: `<path d="M-30 46q14-7 28 0t28 0 28 0 28 0 28 0 28 0v10q-80 12-168 0z" fill="#eefaf8"/>
      <path d="M24 62a26 26 0 0 1 52-6z" fill="#d9483b"/><path d="M41 59q0-16 6-24 6 8 12 21z" fill="#f6ede0"/><path d="M50 58l6 32" stroke="#7a5a3a" stroke-width="2"/>`,
    likes: 5,
  },
  {
    by: "noor",
    source: "The bakery opens at six. So do we. #bread",
    language: "en",
    alt: "A round loaf with a cross cut on a board.",
    size: UPRIGHT,
    ground: ["#f3ead9", "#dcc39b"],
    drawing: `<rect x="2" y="66" width="96" height="14" rx="4" fill="#a9794a"/><ellipse cx="50" cy="54" rx="36" ry="24" fill="#b66f2c"/>
      <ellipse cx="50" cy="49" rx="34" ry="19" fill="#cf8a3f"/><path d="M30 50q20-12 40-2M44 36q8 14 8 28" stroke="#f3dcb0" stroke-width="3" fill="none" stroke-linecap="round"/>`,
    likes: 2,
  },
  {
    by: "sal",
    source: "Rooftops after rain. #city",
    language: "en",
    alt: "Roofs in terracotta and pink against an evening sky.",
    size: WIDE,
    ground: ["#f3b6a0", "#7f6a9c"],
    drawing: [0, 1, 2, 3, 4, 5, 6]
      .map(
        (index) =>
          `<path d="M${index * 22 - 30} ${70 + (index % 3) * 8}l14-${14 + (index % 2) * 6} 14 ${14 + (index % 2) * 6}v60h-28z" fill="${["#b5543f", "#8c4a55", "#c8705a"][index % 3]}"/>`,
      )
      .join(""),
  },
];

function shelf(y: number, seed: number): string {
  const colours = ["#9d4b3f", "#2f5d62", "#d8a545", "#6c5b7b", "#3c6e47", "#c97b63"];
  const books = Array.from({ length: 9 }, (_, index) => {
    const height = 14 + ((index * seed) % 7);
    return `<rect x="${8 + index * 6.4}" y="${y + 22 - height}" width="5.4" height="${height}" fill="${colours[(index + seed) % 6]}"/>`;
  });
  return `${books.join("")}<rect x="2" y="${y + 22}" width="96" height="3" fill="#7a5b3d"/>`;
}

function glass(x: number, tea: string): string {
  return `<path d="M${x} 34h16l-2 30h-12z" fill="#fff" opacity=".55"/><path d="M${x + 1} 42h14l-1.6 21h-10.8z" fill="${tea}" opacity=".88"/>`;
}

async function draw({ size: [width, height], ground: [top, low], drawing }: Still): Promise<Uint8Array> {
  const side = Math.min(width, height) * 0.86;
  const place = `translate(${(width - side) / 2} ${(height - side) / 2}) scale(${side / 100})`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">
    <defs><linearGradient id="g" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="${top}"/><stop offset="1" stop-color="${low}"/></linearGradient></defs>
    <rect width="100%" height="100%" fill="url(#g)"/><g transform="${place}">${drawing}</g></svg>`;
  return new Uint8Array(await sharp(Buffer.from(svg)).png().toBuffer());
}

/**
 * Three more people and a dozen pictures of many shapes, for looking at pages rather than for checking them: grids that
 * are as full as those of a place where people live. Only screenshots.ts fills it in.
 */
export async function fillLook(instance: TestInstance, fans: readonly Viewer[]): Promise<void> {
  const { app } = instance;
  const people = {
    yu: await person(instance, "yu", "鱼子酱", "拍照、做饭、晒太阳。", 1),
    noor: await person(instance, "noor", "Noor Haddad", "Trains, mountains, bread. Slowly.", 6),
    sal: await person(instance, "sal", "سلمى", "طين وشاي وسطوح المدينة. Clay, tea, rooftops.", 8),
  };
  const everybody = [...fans, ...Object.values(people)];
  for (const fan of fans) for (const one of Object.values(people)) await followActor(app, fan, one.actorId);
  for (const still of STILLS) {
    instance.clock.advance(17 * 60_000);
    const { by: who, title, source, language, alt, likes = 0 } = still;
    const by = people[who];
    const { id } = await uploadImage(app, by, { bytes: await draw(still), alt });
    const note = await aNote(instance, {
      by,
      source,
      language,
      attachments: [{ id, alt }],
      ...(title === undefined ? {} : { title }),
    });
    for (const fan of everybody.filter((one) => one !== by).slice(0, likes))
      await likeNote(app, fan, note.id);
  }
  await countTrends(app);
}

async function person(
  instance: TestInstance,
  username: string,
  name: string,
  bioSource: string,
  seed: number,
): Promise<Viewer> {
  const { viewer } = await aMember(instance, username);
  const avatar = await drawPortrait(
    [PALETTES.dawn, PALETTES.noon, PALETTES.dusk][seed % 3] ?? PALETTES.mist,
    seed,
  );
  await updateProfile(instance.app, viewer, {
    name,
    bioSource,
    avatar,
    discoverable: true,
    indexable: true,
  });
  return viewer;
}
