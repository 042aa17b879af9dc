// Patterns of staff, matched in time that grows with the length of the text and nothing else: no pattern can make this slow,
// since all ways through it are followed side by side (Thompson, 1968). It knows what patterns for words need: characters,
// `.`, `[…]`, `\d \w \s \b \p{…}`, `( | )`, `* + ? {m,n}`, `^ $`; no look-around and no back references.

/** A pattern that was read; `null` of `readPattern` says that it is none. */
export type LinearPattern = { readonly steps: readonly Step[] };

type Step =
  | { readonly kind: "one"; readonly fits: (character: string) => boolean }
  | { readonly kind: "split"; readonly to: number; readonly or: number }
  | { readonly kind: "jump"; readonly to: number }
  | { readonly kind: "edge"; readonly edge: "start" | "end" | "word" | "inside" }
  | { readonly kind: "found" };

type Tree =
  | { readonly kind: "one"; readonly fits: (character: string) => boolean }
  | { readonly kind: "edge"; readonly edge: "start" | "end" | "word" | "inside" }
  | { readonly kind: "row"; readonly parts: readonly Tree[] }
  | { readonly kind: "choice"; readonly parts: readonly Tree[] }
  | { readonly kind: "repeat"; readonly part: Tree; readonly min: number; readonly max: number };

/** Steps of a pattern at most: time is text times steps. */
const MOST_STEPS = 400;
const DEEPEST = 50;
const MOST_REPEATS = 100;

/** Reads a pattern; letter case does not matter. Null: it is not a pattern, asks for too much, or would match any text. */
export function readPattern(source: string): LinearPattern | null {
  const at: Place = { characters: [...source], index: 0 };
  try {
    const tree = readChoice(at, 0);
    if (at.index < at.characters.length) return null;
    const steps: Step[] = [];
    write(tree, steps);
    steps.push({ kind: "found" });
    const pattern = { steps };
    return matches(pattern, "") ? null : pattern;
  } catch (error) {
    if (error instanceof BadPattern) return null;
    throw error;
  }
}

/** How many steps may still be taken; whoever asks about many patterns gives the same one to all. */
export type StepBudget = { left: number };

/** Places of a pattern that are reached at one character, each once. */
type Places = { readonly marks: Uint32Array; readonly list: number[]; mark: number };

/** True when a pattern is found anywhere in a text. When the budget is used up, nothing is found any more. */
export function matches(
  { steps }: LinearPattern,
  text: string,
  budget: StepBudget = { left: Infinity },
): boolean {
  const characters = [...text];
  let here = emptyPlaces(steps.length);
  let next = emptyPlaces(steps.length);
  for (let index = 0; index <= characters.length; index++) {
    // A match may begin anywhere.
    if (follow(steps, here, 0, characters, index)) return true;
    const character = characters[index];
    budget.left -= here.list.length;
    if (character === undefined || budget.left < 0) return false;
    clear(next);
    for (const place of here.list) {
      const step = steps[place];
      if (
        step?.kind === "one" &&
        step.fits(character) &&
        follow(steps, next, place + 1, characters, index + 1)
      )
        return true;
    }
    [here, next] = [next, here];
  }
  return false;
}

function emptyPlaces(size: number): Places {
  return { marks: new Uint32Array(size), list: [], mark: 1 };
}

function clear(places: Places): void {
  places.mark++;
  places.list.length = 0;
}

/** Adds a place and all that is reached from it without a character; true when the end of the pattern is. */
function follow(
  steps: readonly Step[],
  places: Places,
  start: number,
  characters: readonly string[],
  index: number,
): boolean {
  const open = [start];
  for (let place = open.pop(); place !== undefined; place = open.pop()) {
    if (places.marks[place] === places.mark) continue;
    places.marks[place] = places.mark;
    places.list.push(place);
    const step = steps[place];
    if (step === undefined || step.kind === "one") continue;
    if (step.kind === "found") return true;
    if (step.kind === "jump") open.push(step.to);
    else if (step.kind === "split") open.push(step.to, step.or);
    else if (isEdge(step.edge, characters, index)) open.push(place + 1);
  }
  return false;
}

function isEdge(
  edge: "start" | "end" | "word" | "inside",
  characters: readonly string[],
  index: number,
): boolean {
  if (edge === "start") return index === 0 || characters[index - 1] === "\n";
  if (edge === "end") return index === characters.length || characters[index] === "\n";
  const isWordEdge = isWord(characters[index - 1] ?? " ") !== isWord(characters[index] ?? " ");
  return edge === "word" ? isWordEdge : !isWordEdge;
}

const isWord = (character: string): boolean => /[\p{L}\p{M}\p{N}_]/u.test(character);
const isDigit = (character: string): boolean => /\p{Nd}/u.test(character);
const isSpace = (character: string): boolean => /\s/u.test(character);

class BadPattern extends Error {}

type Place = { readonly characters: readonly string[]; index: number };

function peek(at: Place): string {
  return at.characters[at.index] ?? "";
}

function take(at: Place): string {
  const character = at.characters[at.index];
  if (character === undefined) throw new BadPattern();
  at.index++;
  return character;
}

function readChoice(at: Place, depth: number): Tree {
  if (depth > DEEPEST) throw new BadPattern();
  const parts = [readRow(at, depth)];
  while (peek(at) === "|") {
    at.index++;
    parts.push(readRow(at, depth));
  }
  return { kind: "choice", parts };
}

function readRow(at: Place, depth: number): Tree {
  const parts: Tree[] = [];
  while (at.index < at.characters.length && peek(at) !== "|" && peek(at) !== ")")
    parts.push(readRepeated(at, depth));
  return { kind: "row", parts };
}

function readRepeated(at: Place, depth: number): Tree {
  const part = readOne(at, depth);
  const count = readCount(at);
  if (count === null) return part;
  // Which of several matches is meant never matters here: the lazy mark says nothing.
  if (peek(at) === "?") at.index++;
  if (part.kind === "edge" || readCount(at) !== null) throw new BadPattern();
  return { kind: "repeat", part, ...count };
}

function readCount(at: Place): { readonly min: number; readonly max: number } | null {
  const short = { "*": { min: 0, max: Infinity }, "+": { min: 1, max: Infinity }, "?": { min: 0, max: 1 } };
  const character = peek(at);
  if (character === "*" || character === "+" || character === "?") {
    at.index++;
    return short[character];
  }
  if (character !== "{") return null;
  const found = /^\{(\d{1,3})(,(\d{0,3}))?\}/.exec(at.characters.slice(at.index, at.index + 10).join(""));
  if (found === null) throw new BadPattern();
  at.index += found[0].length;
  const min = Number(found[1]);
  const max = found[2] === undefined ? min : found[3] === "" ? Infinity : Number(found[3]);
  const isSound = min <= max && min <= MOST_REPEATS && (max <= MOST_REPEATS || max === Infinity);
  if (!isSound || max === 0) throw new BadPattern();
  return { min, max };
}

function readOne(at: Place, depth: number): Tree {
  const character = take(at);
  switch (character) {
    case "(": {
      if (peek(at) === "?") {
        at.index++;
        if (take(at) !== ":") throw new BadPattern();
      }
      const inner = readChoice(at, depth + 1);
      if (take(at) !== ")") throw new BadPattern();
      return inner;
    }
    case "[":
      return { kind: "one", fits: readClass(at) };
    case ".":
      return { kind: "one", fits: (one) => one !== "\n" };
    case "^":
      return { kind: "edge", edge: "start" };
    case "$":
      return { kind: "edge", edge: "end" };
    case "\\":
      return readEscape(at);
    case "*":
    case "+":
    case "?":
    case "{":
    case "}":
    case "]":
      throw new BadPattern();
    default:
      return { kind: "one", fits: same(character) };
  }
}

/** The same character, or its other letter case. */
function same(character: string): (other: string) => boolean {
  const small = character.toLowerCase();
  const large = character.toUpperCase();
  return (other) => other === small || other === large || other === character;
}

function readEscape(at: Place): Tree {
  const next = peek(at);
  if (next === "b" || next === "B") {
    at.index++;
    return { kind: "edge", edge: next === "b" ? "word" : "inside" };
  }
  return { kind: "one", fits: readEscaped(at) };
}

const PLAIN_ESCAPES: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r" };

/** What stands behind a backslash, outside and inside of brackets. */
function readEscaped(at: Place): (character: string) => boolean {
  const character = take(at);
  const lower = character.toLowerCase();
  const sets = { d: isDigit, w: isWord, s: isSpace };
  if (lower === "d" || lower === "w" || lower === "s") {
    const fits = sets[lower];
    return character === lower ? fits : (one) => !fits(one);
  }
  if (lower === "p") return readProperty(at, character === "P");
  const plain = PLAIN_ESCAPES[character];
  if (plain !== undefined) return same(plain);
  if (/[\p{L}\p{N}]/u.test(character)) throw new BadPattern();
  return same(character);
}

function readProperty(at: Place, isNot: boolean): (character: string) => boolean {
  const found = /^\{([A-Za-z_]{1,40}(?:=[A-Za-z_]{1,40})?)\}/.exec(
    at.characters.slice(at.index, at.index + 90).join(""),
  );
  if (found === null) throw new BadPattern();
  at.index += found[0].length;
  let property: RegExp;
  try {
    property = new RegExp(`^\\p{${found[1] ?? ""}}$`, "u");
  } catch {
    throw new BadPattern();
  }
  return (character) => property.test(character) !== isNot;
}

/** What stands in brackets. */
function readClass(at: Place): (character: string) => boolean {
  const isNot = peek(at) === "^";
  if (isNot) at.index++;
  const members: ((character: string) => boolean)[] = [];
  while (peek(at) !== "]") {
    const first = take(at);
    if (first === "\\") {
      members.push(readEscaped(at));
      continue;
    }
    const isRange = peek(at) === "-" && at.characters[at.index + 1] !== "]";
    if (!isRange) {
      members.push(same(first));
      continue;
    }
    at.index++;
    const last = take(at);
    if (last === "\\" || pointOf(last) < pointOf(first)) throw new BadPattern();
    members.push(between(pointOf(first), pointOf(last)));
  }
  at.index++;
  if (members.length === 0) throw new BadPattern();
  return (character) => members.some((fits) => fits(character)) !== isNot;
}

function pointOf(character: string): number {
  return character.codePointAt(0) ?? 0;
}

function between(from: number, to: number): (character: string) => boolean {
  const isIn = (character: string) => pointOf(character) >= from && pointOf(character) <= to;
  return (character) => isIn(character) || isIn(character.toLowerCase()) || isIn(character.toUpperCase());
}

function write(tree: Tree, steps: Step[]): void {
  if (steps.length > MOST_STEPS) throw new BadPattern();
  switch (tree.kind) {
    case "one":
    case "edge":
      steps.push(tree);
      return;
    case "row":
      for (const part of tree.parts) write(part, steps);
      return;
    case "choice":
      return writeChoice(tree.parts, steps);
    case "repeat":
      return writeRepeat(tree, steps);
    default:
      tree satisfies never;
  }
}

function writeChoice(parts: readonly Tree[], steps: Step[]): void {
  const ends: number[] = [];
  parts.forEach((part, index) => {
    if (index === parts.length - 1) return write(part, steps);
    const split = steps.length;
    steps.push({ kind: "jump", to: 0 });
    write(part, steps);
    ends.push(steps.length);
    steps.push({ kind: "jump", to: 0 });
    steps[split] = { kind: "split", to: split + 1, or: steps.length };
  });
  for (const end of ends) steps[end] = { kind: "jump", to: steps.length };
}

function writeRepeat({ part, min, max }: Extract<Tree, { kind: "repeat" }>, steps: Step[]): void {
  for (let count = 0; count < min; count++) write(part, steps);
  const start = steps.length;
  if (max === Infinity) {
    steps.push({ kind: "jump", to: 0 });
    write(part, steps);
    steps.push({ kind: "jump", to: start });
    steps[start] = { kind: "split", to: start + 1, or: steps.length };
    return;
  }
  const splits: number[] = [];
  for (let count = min; count < max; count++) {
    splits.push(steps.length);
    steps.push({ kind: "jump", to: 0 });
    write(part, steps);
  }
  for (const split of splits) steps[split] = { kind: "split", to: split + 1, or: steps.length };
}
