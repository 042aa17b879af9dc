/** A half-open stretch of a source text, in UTF-16 units. */
export type Region = { readonly start: number; readonly end: number };

/**
 * Finds the parts of Markdown source in which nothing may be linked: fenced code, code spans and the
 * destinations of inline links. Sorted, never overlapping, linear in the length of the source.
 */
export function opaqueRegions(source: string): readonly Region[] {
  const fences = fencedCode(source);
  const code = [...fences, ...codeSpans(source, fences)].sort((a, b) => a.start - b.start);
  return [...code, ...linkDestinations(source, code)].sort((a, b) => a.start - b.start);
}

/** CommonMark 4.5; the markers of block quotes may stand before the fence. */
function fencedCode(source: string): readonly Region[] {
  const found: Region[] = [];
  let open: { start: number; mark: string } | null = null;
  for (let at = 0; at < source.length;) {
    const newline = source.indexOf("\n", at);
    const end = newline === -1 ? source.length : newline + 1;
    const line = source.slice(at, end).trimEnd();
    if (open === null) {
      const mark = /^[ \t>]*(`{3,}(?=[^`]*$)|~{3,})/.exec(line)?.[1];
      if (mark !== undefined) open = { start: at, mark };
    } else {
      const mark = /^[ \t>]*(`{3,}|~{3,})$/.exec(line)?.[1];
      if (mark !== undefined && mark[0] === open.mark[0] && mark.length >= open.mark.length) {
        found.push({ start: open.start, end });
        open = null;
      }
    }
    at = end;
  }
  if (open !== null) found.push({ start: open.start, end: source.length });
  return found;
}

/** CommonMark 6.1: a run of backticks closes at the next run of the same length in the same paragraph. */
function codeSpans(source: string, fences: readonly Region[]): readonly Region[] {
  const runs: { start: number; length: number; paragraph: number }[] = [];
  const pattern = /`+|\n[ \t]*(?=\n)/g;
  let paragraph = 0;
  let fence = 0;
  for (let match = pattern.exec(source); match !== null; match = pattern.exec(source)) {
    while (fence < fences.length && (fences[fence]?.end ?? 0) <= match.index) {
      fence++;
      paragraph++;
    }
    if (match[0].startsWith("\n")) paragraph++;
    else if ((fences[fence]?.start ?? Infinity) > match.index) {
      runs.push({ start: match.index, length: match[0].length, paragraph });
    }
  }
  const closers = new Map<string, number>();
  const next = runs.map(() => -1);
  for (let i = runs.length - 1; i >= 0; i--) {
    const run = runs[i];
    if (run === undefined) continue;
    const key = `${run.paragraph}:${run.length}`;
    next[i] = closers.get(key) ?? -1;
    closers.set(key, i);
  }
  const found: Region[] = [];
  for (let i = 0; i < runs.length; i++) {
    const open = runs[i];
    const close = runs[next[i] ?? -1];
    if (open === undefined || close === undefined || source[open.start - 1] === "\\") continue;
    found.push({ start: open.start, end: close.start + close.length });
    i = next[i] ?? i;
  }
  return found;
}

/** The `(destination "title")` part of `[text](destination "title")`, outside code. */
function linkDestinations(source: string, code: readonly Region[]): readonly Region[] {
  if (!source.includes("](")) return [];
  const closing = parenthesisPairs(source, code);
  const found: Region[] = [];
  const shape = /^\(\s*(?:<[^<>\n]*>|[^\s<]\S*)?(?:\s+(?:"[^"]*"|'[^']*'|\([^()]*\)))?\s*\)$/;
  for (let at = source.indexOf("]("); at !== -1; at = source.indexOf("](", at)) {
    const end = closing.get(at + 1);
    at += 2;
    if (end === undefined || end - at > 4096) continue;
    if (!shape.test(source.slice(at - 1, end + 1))) continue;
    found.push({ start: at - 1, end: end + 1 });
    at = end;
  }
  return found;
}

/** Maps each opening parenthesis to its closing one; pairs never reach over a blank line or into code. */
function parenthesisPairs(source: string, code: readonly Region[]): ReadonlyMap<number, number> {
  const pairs = new Map<number, number>();
  let open: number[] = [];
  let region = 0;
  for (let i = 0; i < source.length; i++) {
    const skip = code[region];
    if (skip !== undefined && i >= skip.start) {
      i = skip.end - 1;
      region++;
      continue;
    }
    const character = source[i];
    if (character === "\\") i++;
    else if (character === "(") open.push(i);
    else if (character === "\n" && source[i + 1] === "\n") open = [];
    else if (character === ")") {
      const start = open.pop();
      if (start !== undefined) pairs.set(start, i);
    }
  }
  return pairs;
}
