import { sameLanguage } from "./language.ts";
import { plainText, renderMarkup } from "./markup.ts";

/** The owner's rules in the languages of the community: the main one, and the others by their tags. */
export type RuleTexts = {
  /** Main one first. */
  readonly languages: readonly string[];
  /** Markdown, in the main language. */
  readonly rules: string;
  /** Markdown by tag; what is empty is not translated. */
  readonly rulesIn: Readonly<Record<string, string>>;
};

/** The rules of a text one by one: each line of what its Markdown says. */
export function ruleLines(source: string): readonly string[] {
  if (source.trim() === "") return [];
  const { html } = renderMarkup(source, { mention: () => null, tag: (tag) => `https://tag.invalid/${tag}` });
  return plainText(html)
    .split("\n")
    .filter((line) => line !== "");
}

/** One language of the rules. */
export type RulesIn = { readonly language: string; readonly source: string };

/** All languages that the rules are written in, main one first; empty when there are none. */
export function ruleLanguages({ languages, rules, rulesIn }: RuleTexts): readonly RulesIn[] {
  if (rules.trim() === "") return [];
  const [main = "en", ...others] = languages;
  return [
    { language: main, source: rules },
    ...others.flatMap((language) => {
      const source = rulesIn[language] ?? "";
      return source.trim() === "" ? [] : [{ language, source }];
    }),
  ];
}

/** The rules for a reader of some languages, best first: the first of them that there is, or else the main one. */
export function rulesForReader(texts: RuleTexts, wanted: readonly string[]): RulesIn {
  const all = ruleLanguages(texts);
  const best = bestLanguage(
    all.map(({ language }) => language),
    wanted,
  );
  const found = all.find(({ language }) => language === best);
  return found ?? all[0] ?? { language: texts.languages[0] ?? "en", source: "" };
}

/** The first of the wanted languages that there is, by its tag or as one that its readers read; undefined when none is there. */
export function bestLanguage(there: readonly string[], wanted: readonly string[]): string | undefined {
  return wanted
    .map((tag) => there.find((one) => one === tag) ?? there.find((one) => sameLanguage(one, tag)))
    .find((one) => one !== undefined);
}
