// Text: what people write, made safe, linked, searchable and tagged with a language. Pure functions only.
// May be imported by services, doors and federation translators; imports nothing but its own folder and
// marked, sanitize-html (marked and sanitize-html are imported nowhere else).

/**
 * Removes what no text may carry: NUL and other controls (tab and line feed stay), lone surrogates, the
 * noncharacters, and the bidirectional embeddings, overrides and isolates that can reorder what a reader sees
 * (UAX #9, "Trojan Source"). Carriage returns become line feeds.
 */
export function stripControls(text: string): string {
  return text
    .toWellFormed()
    .replace(/\r\n?/g, "\n")
    .replace(/[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufdd0-\ufdef\ufffe\uffff]/g, "");
}

/** Counts the bytes a string takes as UTF-8. */
export function utf8Length(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x80) continue;
    // Half of a surrogate pair adds one byte to its own unit: four bytes for the two.
    bytes += code < 0x800 || (code >= 0xd800 && code <= 0xdfff) ? 1 : 2;
  }
  return bytes;
}

/** Tells whether the character ending just before `index` belongs to a script written without spaces. */
export function followsUnspaced(text: string, index: number): boolean {
  if (index <= 0) return false;
  const low = text.charCodeAt(index - 1);
  const start = low >= 0xdc00 && low <= 0xdfff ? index - 2 : index - 1;
  return isUnspaced(text.slice(Math.max(0, start), index));
}

/**
 * Tells whether one character is a letter, digit or mark of a script written without spaces between words;
 * Hangul counts, because particles are glued to its words.
 */
export function isUnspaced(character: string): boolean {
  return character > "\u0dff" && UNSPACED.test(character);
}

const UNSPACED =
  /^[[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Bopomofo}\p{scx=Hangul}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]&&[\p{L}\p{N}\p{M}]]$/v;
