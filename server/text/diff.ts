/** A run of words that stayed, went or came. */
export type Change = { readonly kind: "same" | "gone" | "new"; readonly text: string };

/** Longer differences are shown as a whole: the table below grows with the product of both sides. */
const MOST_CELLS = 1_500_000;

/**
 * The difference of two plain texts by words, in reading order. Words as `Intl.Segmenter` finds them, since Chinese and
 * Japanese do not put spaces between theirs; longest common subsequence between what both begin and end with.
 */
export function diffWords(before: string, after: string, language = "und"): readonly Change[] {
  const words = segmenter(language);
  const [old, young] = [words(before), words(after)];
  let start = 0;
  while (start < old.length && start < young.length && old[start] === young[start]) start += 1;
  let end = 0;
  const most = Math.min(old.length, young.length) - start;
  while (end < most && old.at(-1 - end) === young.at(-1 - end)) end += 1;
  const middle = compare(old.slice(start, old.length - end), young.slice(start, young.length - end));
  return joined([
    ...old.slice(0, start).map((text) => ({ kind: "same", text }) as const),
    ...middle,
    ...old.slice(old.length - end).map((text) => ({ kind: "same", text }) as const),
  ]);
}

function segmenter(language: string): (text: string) => readonly string[] {
  const [known] = safeLocales(language);
  const cutter = new Intl.Segmenter(known, { granularity: "word" });
  return (text) => [...cutter.segment(text)].map(({ segment }) => segment);
}

/** A tag that a note carries may be one that `Intl` refuses. */
function safeLocales(language: string): readonly string[] {
  try {
    return Intl.getCanonicalLocales(language);
  } catch {
    return ["und"];
  }
}

function compare(old: readonly string[], young: readonly string[]): readonly Change[] {
  const gone = (text: string): Change => ({ kind: "gone", text });
  const fresh = (text: string): Change => ({ kind: "new", text });
  if (old.length * young.length > MOST_CELLS) return [...old.map(gone), ...young.map(fresh)];
  const width = young.length + 1;
  // Cell (i, j): how many words of old[i…] and young[j…] are common, at best.
  const common = new Uint16Array((old.length + 1) * width);
  const at = (i: number, j: number) => common[i * width + j] ?? 0;
  for (let i = old.length - 1; i >= 0; i--)
    for (let j = young.length - 1; j >= 0; j--)
      common[i * width + j] =
        old[i] === young[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  const changes: Change[] = [];
  let [i, j] = [0, 0];
  while (i < old.length || j < young.length) {
    const [one, other] = [old[i], young[j]];
    if (one !== undefined && one === other) {
      changes.push({ kind: "same", text: one });
      i += 1;
      j += 1;
    } else if (one !== undefined && (other === undefined || at(i + 1, j) >= at(i, j + 1))) {
      changes.push(gone(one));
      i += 1;
    } else if (other !== undefined) {
      changes.push(fresh(other));
      j += 1;
    }
  }
  return changes;
}

/** Neighbours of one kind as one run. */
function joined(changes: readonly Change[]): readonly Change[] {
  const runs: Change[] = [];
  for (const change of changes) {
    const last = runs.at(-1);
    if (last?.kind === change.kind)
      runs[runs.length - 1] = { kind: last.kind, text: last.text + change.text };
    else runs.push(change);
  }
  return runs;
}
