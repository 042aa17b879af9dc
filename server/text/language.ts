import { detectAll } from "tinyld/light";

/** The tags a language picker offers; others are accepted as well. */
export const LANGUAGES: readonly string[] = (
  "en zh-Hans zh-Hant zh-Hant-HK yue wuu nan ja ko ug bo mn " +
  "ar az be bg bn br ca cs cy da de el eo es et eu fa fi fil fr ga gd gl he hi hr hu hy id is it ka kk km " +
  "lo lt lv mk ml mr ms my nb ne nl nn oc pa pl pt pt-BR ro ru sk sl sq sr sr-Latn sv sw ta te th tok tr uk ur uz vi"
).split(" ");

/** Fewer Latin letters than this name no language: "lol" is at home everywhere. */
const MIN_LATIN = 12;

/**
 * Gives the canonical form of a BCP-47 tag (RFC 5646 4.5), never shortened: `zh-hant-tw` becomes `zh-Hant-TW`.
 * Null when it is malformed or longer than 35 characters.
 */
export function canonicalLanguage(tag: string): string | null {
  const written = tag.trim().replace(/_/g, "-");
  if (written.length > 35) return null;
  try {
    const canonical = Intl.getCanonicalLocales(written)[0] ?? null;
    return canonical !== null && canonical.length <= 35 ? canonical : null;
  } catch {
    return null;
  }
}

/**
 * Tells whether two tags may be taken for the same language by a reader: same language and, where the script
 * decides who can read it (Chinese, Serbian, …), same script once the likely subtags are filled in.
 */
export function sameLanguage(a: string, b: string): boolean {
  const [left, right] = [likely(a), likely(b)];
  return left !== null && right !== null && left.language === right.language && left.script === right.script;
}

/** Names a language in another one, the tag itself when nobody has named it: `zh-Hant` in `en` is "Traditional Chinese". */
export function languageName(tag: string, inLocale: string): string {
  const canonical = canonicalLanguage(tag);
  if (canonical === null) return tag;
  const locale = canonicalLanguage(inLocale) ?? "en";
  return (
    new Intl.DisplayNames([locale, "en"], { type: "language", fallback: "code" }).of(canonical) ?? canonical
  );
}

/**
 * Guesses the language of a text, and rather answers null than wrongly: by the script where one script means
 * one language, by letters only one language has, then by n-grams. Links, mentions and tags do not count.
 */
export function detectLanguage(text: string): string | null {
  const prose = text
    .slice(0, 4000)
    .replace(/https?:\/\/\S+/gi, " ")
    .replace(/[@＠#＃][\p{L}\p{N}\p{M}_.@-]+/gu, " ")
    .normalize("NFC");
  const letters = count(prose, /\p{L}/gu);
  if (letters === 0) return null;
  const byScript = detectScript(prose, letters);
  if (byScript !== undefined) return byScript;
  if (count(prose, /\p{Script=Cyrillic}/gu) > letters / 2) return detectCyrillic(prose);
  if (count(prose, /\p{Script=Latin}/gu) > letters / 2)
    return letters < MIN_LATIN ? null : detectLatin(prose);
  return null;
}

/** Undefined means that the script alone does not decide; null that it is undecided for good. */
function detectScript(prose: string, letters: number): string | null | undefined {
  const kana = count(prose, /[\p{Script=Hiragana}\p{Script=Katakana}]/gu);
  const han = count(prose, /\p{Script=Han}/gu);
  const hangul = count(prose, /\p{Script=Hangul}/gu);
  // One CJK character carries about as much as two Latin letters: an English brand name changes nothing.
  const cjk = (kana + han + hangul) * 2;
  if (cjk >= letters - (kana + han + hangul)) {
    if (hangul > kana + han) return "ko";
    if (kana > 0 && kana * 10 >= han) return "ja";
    // Two or three characters may as well be a Japanese word: 東京.
    return kana === 0 && han > 3 ? detectChinese(prose) : null;
  }
  for (const [script, language] of ONE_LANGUAGE_SCRIPTS) {
    if (count(prose, new RegExp(`\\p{Script=${script}}`, "gu")) > letters / 2) return language;
  }
  if (count(prose, /\p{Script=Arabic}/gu) > letters / 2) return detectArabic(prose);
  // Hindi, Marathi and Nepali share Devanagari; three letters are Marathi's own, the rest is left to the author.
  if (count(prose, /\p{Script=Devanagari}/gu) > letters / 2)
    return /[ळ]/u.test(prose) ? "mr" : letters < 8 ? null : "hi";
  return undefined;
}

/** `zh` (which stands for `zh-Hans`), `zh-Hant` where its own characters prevail, Cantonese by its own words. */
function detectChinese(prose: string): string {
  if (count(prose, /[嘅咗喺冇哋嚟睇啲唔佢]/gu) >= 2) return "yue";
  const simplified = count(prose, SIMPLIFIED_ONLY);
  const traditional = count(prose, TRADITIONAL_ONLY);
  return traditional > 0 && traditional >= simplified * 3 ? "zh-Hant" : "zh";
}

function detectArabic(prose: string): string | null {
  if (/[ېۈۆەڭ]/u.test(prose) && count(prose, /[ەۈۆېۋڭ]/gu) >= 2) return "ug";
  if (/[ٹڈڑےں]/u.test(prose)) return "ur";
  if (/[پچژگ]/u.test(prose) && /[یک]/u.test(prose)) return "fa";
  return /[ةىأإ]|ال/u.test(prose) ? "ar" : null;
}

function detectCyrillic(prose: string): string | null {
  if (/ў/iu.test(prose)) return "be";
  if (/[їєґ]/iu.test(prose) || (/і/iu.test(prose) && !/[ыәқғ]/iu.test(prose))) return "uk";
  if (/[ђћџљњј]/iu.test(prose)) return /[ђћ]/iu.test(prose) ? "sr" : null;
  if (/[қңғұһә]/iu.test(prose)) return /[ұқғ]/iu.test(prose) ? "kk" : null;
  if (/[өү]/iu.test(prose)) return "mn";
  if (/[ќѓ]/iu.test(prose)) return "mk";
  if (/[ыэё]/iu.test(prose)) return "ru";
  const words = prose.toLowerCase().match(/\p{L}+/gu) ?? [];
  const russian = "я что это как мы вы мне меня сегодня был было очень все но если только".split(" ");
  const bulgarian = "съм ще това със аз че днес като".split(" ");
  if (words.some((word) => bulgarian.includes(word))) return "bg";
  return words.some((word) => russian.includes(word)) ? "ru" : null;
}

/** The light model knows 15 Latin languages and is sure of itself on others too: their own letters come first. */
function detectLatin(prose: string): string | null {
  for (const [pattern, language] of OWN_LETTERS) {
    if (pattern.test(prose)) return language;
  }
  const [best, second] = detectAll(prose);
  if (best === undefined || best.accuracy < 0.12) return null;
  if (best.accuracy < 2 * (second?.accuracy ?? 0)) return null;
  const common = COMMON_WORDS[best.lang];
  const words = prose.toLowerCase().match(/[\p{L}’']+/gu) ?? [];
  // A guess needs a word that this language is made of: the model is sure about keyboard noise as well.
  if (common === undefined || !words.some((word) => common.includes(word))) return null;
  return best.lang === "no" ? "nb" : best.lang;
}

/** Intl.Locale.maximize fills in what a tag leaves out: `zh-TW` is `zh-Hant-TW`. */
function likely(tag: string): { readonly language: string; readonly script: string | undefined } | null {
  const canonical = canonicalLanguage(tag);
  if (canonical === null) return null;
  const { language, script } = new Intl.Locale(canonical).maximize();
  return { language, script };
}

function count(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0;
}

const ONE_LANGUAGE_SCRIPTS: readonly (readonly [string, string])[] = [
  ["Thai", "th"],
  ["Lao", "lo"],
  ["Khmer", "km"],
  ["Myanmar", "my"],
  ["Tibetan", "bo"],
  ["Greek", "el"],
  ["Hebrew", "he"],
  ["Armenian", "hy"],
  ["Georgian", "ka"],
  ["Bengali", "bn"],
  ["Tamil", "ta"],
  ["Telugu", "te"],
  ["Malayalam", "ml"],
  ["Gurmukhi", "pa"],
];

const SIMPLIFIED_ONLY =
  /[们个这说时为会来对国过发后开关见长门问间东车马鱼鸟龙书买卖读写话谁请谢让给经还进远运边达选图团场块坏头夸实宝导尔尝层岁师带应废张归录总战户扑择担拥挂换据损摆数断旧无显晓术机杀权条杨极构标树样桥梦检楼欢气汉汤没热爱状独猫现环电画疗皱盐种积称稳穷笔签类粮紧红纪约级纯纸线练组细终结绝统继绩续绿网罗职联脑脸节艺药虽虾虫补袜装观规视觉认讨训议记讲许论设访证评识诉词译试诗诚详语误课调谈贝负财责败货质贪贫购贵费贺资赏赛赞赶趋跃轮软转轻载较输辆迟适递遗邮邻郑酱针钟钢钱银铁铺链销锅错锦键闲闹闻阅队阳阴阵阶际陆陈险随难静韩页顶项顺须顾预领颗题颜风飞饭饮饿馆馒驾驶验骑鲜鸡鸣麦黄齐齿]/gu;
const TRADITIONAL_ONLY =
  /[們個這說時為會來對國過發後開關見長門問間東車馬魚鳥龍書買賣讀寫話誰請謝讓給經還進遠運邊達選圖團場塊壞頭誇實寶導爾嘗層歲師帶應廢張歸錄總戰戶撲擇擔擁掛換據損擺數斷舊無顯曉術機殺權條楊極構標樹樣橋夢檢樓歡氣漢湯沒熱愛狀獨貓現環電畫療皺鹽種積稱穩窮筆簽類糧緊紅紀約級純紙線練組細終結絕統繼績續綠網羅職聯腦臉節藝藥雖蝦蟲補襪裝觀規視覺認討訓議記講許論設訪證評識訴詞譯試詩誠詳語誤課調談貝負財責敗貨質貪貧購貴費賀資賞賽贊趕趨躍輪軟轉輕載較輸輛遲適遞遺郵鄰鄭醬針鐘鋼錢銀鐵鋪鏈銷鍋錯錦鍵閒鬧聞閱隊陽陰陣階際陸陳險隨難靜韓頁頂項順須顧預領顆題顏風飛飯飲餓館饅駕駛驗騎鮮雞鳴麥黃齊齒]/gu;

/** Letters that settle the matter among Latin alphabets. */
const OWN_LETTERS: readonly (readonly [RegExp, string])[] = [
  [/[ạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ]/iu, "vi"],
  [/[þð]/iu, "is"],
  [/[řěů]/iu, "cs"],
  [/[ľĺŕ]/iu, "sk"],
  [/[ėįų]/iu, "lt"],
  [/[ļķģņ]/iu, "lv"],
  [/[ĉĝĥĵŝŭ]/iu, "eo"],
  [/ŵ|ŷ/iu, "cy"],
  [/[őű]/iu, "hu"],
  [/[ąęłńśźż].*[ąęłńśźż]/isu, "pl"],
  [/l·l/iu, "ca"],
  [/ção|ções|ão(?!\p{L})/iu, "pt"],
];

/** A handful of the words no text in the language does without, chosen not to be common in its neighbours. */
const COMMON_WORDS: Readonly<Record<string, readonly string[]>> = Object.fromEntries(
  Object.entries({
    en: "the and is are was were to of it it's i'm you your my this that with for have not be so what how we they just",
    fr: "le les des est et une un je j'ai pas c'est vous nous dans pour avec sur qui au du il elle tout mon ma ce cette",
    de: "der die das und ist ich nicht ein eine zu mit wir sie es den auf für von auch war heute haben habe aber",
    es: "el los las es y una un que en con por para muy mi pero hoy está esto yo como más del se lo hay fue",
    pt: "o os as é e uma um que não com para muito meu minha mas hoje isso eu você foi está do da no na à em",
    it: "il gli è e una un che non con per molto mio mia ma oggi questo io sono della di del nel ho anche lo la",
    nl: "de het een en is ik niet van met voor maar we wij ze zijn dat dit naar heb mijn ook vandaag op",
    sv: "och är jag inte att det som en ett på med för vi har till idag mycket så av den",
    no: "av hva noe noen meg deg bare nå også ikke etter",
    fi: "ja on ei se että minä olen hän mutta niin kun tämä oli tänään kuin myös minun mitä nyt",
    hu: "a az és nem hogy egy van ez de meg is volt már csak én ma nagyon",
    ro: "și si este nu că în un o la cu pe pentru mai am sunt dar foarte din care",
    pl: "i w nie jest to się na że z do jak ale dzisiaj mam dla bardzo tak",
    tr: "ve bir bu da de için çok ben ama değil var ne gibi bugün daha olarak mi",
  }).map(([language, list]) => [language, list.split(" ")]),
);
