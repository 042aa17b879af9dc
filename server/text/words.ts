/**
 * Words for full-text search that also finds languages written without spaces. Text is NFKC and lower case; a run of
 * letters without spaces (Han, kana, Thai, …) becomes its single characters and overlapping pairs, so that 上海 is found
 * inside a sentence; everything else is split into words. Queries are cut the same way.
 */

const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;
const WORDS = /[\p{L}\p{N}\p{M}_]+/gu;
const MAX_TERMS = 16;

/** The words under which a text is found, separated by spaces. */
export function searchText(text: string): string {
  return wordsOf(text, (run) => [...run, ...pairsOf(run)]).join(" ");
}

/** What a query asks for: all terms must be there. A pair needs both characters side by side; one alone stands for itself. */
export function searchTerms(query: string): readonly string[] {
  const terms = wordsOf(query, (run) => (run.length === 1 ? run : pairsOf(run)));
  return [...new Set(terms)].slice(0, MAX_TERMS);
}

function wordsOf(text: string, cut: (run: readonly string[]) => readonly string[]): readonly string[] {
  const found: string[] = [];
  for (const [word] of text.normalize("NFKC").toLowerCase().matchAll(WORDS)) {
    let spaced = "";
    let run: string[] = [];
    const flush = (): void => {
      if (spaced !== "") found.push(spaced);
      if (run.length > 0) found.push(...cut(run));
      spaced = "";
      run = [];
    };
    for (const character of word) {
      const unspaced = UNSPACED.test(character);
      if (unspaced ? spaced !== "" : run.length > 0) flush();
      if (unspaced) run.push(character);
      else spaced += character;
    }
    flush();
  }
  return found;
}

function pairsOf(run: readonly string[]): readonly string[] {
  return run.slice(1).map((character, index) => `${run[index] ?? ""}${character}`);
}
