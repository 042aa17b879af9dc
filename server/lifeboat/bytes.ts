/** Takes bytes off a stream in the pieces that its reader wants; nothing is copied that need not be. */
export type ByteReader = {
  /** Exactly so many bytes; null when the stream ends before. */
  exactly(count: number): Promise<Buffer | null>;
  /** The next bytes, at most so many; null at the end. */
  upTo(count: number): Promise<Uint8Array | null>;
  /** Everything that is left. */
  rest(): AsyncIterable<Uint8Array>;
};

/** A reader of a stream. Whoever leaves it unread has to end the source. */
export function createByteReader(source: AsyncIterable<Uint8Array>): ByteReader {
  const pieces = source[Symbol.asyncIterator]();
  let held: Uint8Array = new Uint8Array(0);
  const fill = async (): Promise<boolean> => {
    while (held.length === 0) {
      const next = await pieces.next();
      if (next.done === true) return false;
      held = next.value;
    }
    return true;
  };
  const upTo = async (count: number): Promise<Uint8Array | null> => {
    if (held.length === 0 && !(await fill())) return null;
    const part = held.subarray(0, count);
    held = held.subarray(part.length);
    return part;
  };
  return {
    upTo,
    async exactly(count) {
      const whole = Buffer.alloc(count);
      let length = 0;
      while (length < count) {
        const part = await upTo(count - length);
        if (part === null) return null;
        whole.set(part, length);
        length += part.length;
      }
      return whole;
    },
    async *rest() {
      for (let part = await upTo(Infinity); part !== null; part = await upTo(Infinity)) yield part;
    },
  };
}

/**
 * Splits a stream into lines without their ends. A line longer than `most` bytes is null, and the last one: what follows is
 * read and thrown away.
 */
export async function* linesOf(
  source: AsyncIterable<Uint8Array>,
  most: number,
): AsyncGenerator<string | null> {
  let parts: Buffer[] = [];
  let length = 0;
  let isTooLong = false;
  for await (const chunk of source) {
    let from = 0;
    for (let end = chunk.indexOf(10); end >= 0 && !isTooLong; end = chunk.indexOf(10, from)) {
      const last = Buffer.from(chunk.buffer, chunk.byteOffset + from, end - from);
      isTooLong = length + last.length > most;
      if (isTooLong) break;
      yield (parts.length === 0 ? last : Buffer.concat([...parts, last])).toString("utf8");
      parts = [];
      length = 0;
      from = end + 1;
    }
    if (isTooLong) continue;
    // The source may use the memory again.
    if (from < chunk.length) parts.push(Buffer.from(chunk.subarray(from)));
    length += chunk.length - from;
    isTooLong = length > most;
    if (isTooLong) parts = [];
  }
  if (isTooLong) yield null;
  else if (length > 0) yield Buffer.concat(parts).toString("utf8");
}

/** Reads a stream to its end. */
export async function drain(source: AsyncIterable<unknown>): Promise<void> {
  const pieces = source[Symbol.asyncIterator]();
  while ((await pieces.next()).done !== true);
}
