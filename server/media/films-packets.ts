import { EncodedPacketSink, type InputVideoTrack } from "mediabunny";

/** NAL unit type of "supplemental enhancement information", and its payload "user data unregistered" (H.264, 7.4.1 and D.1.7). */
const SEI = 6;
const USER_DATA = 5;
/** What x264 writes its settings under, the one kind of note that tells nothing about a person. */
const X264 = "dc45e9bde6d948b7962cd820d923eeef";
/** Lengths stand in front of units; four bytes is what every recorder writes. */
const LENGTH_BYTES = 4;

/**
 * True when an H.264 track has notes of its recorder between the pictures: drones and action cameras write places there, and
 * copying packets would copy them. Also true when it cannot be told.
 */
export async function hasForeignNotes(track: InputVideoTrack): Promise<boolean> {
  const config = await track.getDecoderConfig();
  const description = config?.description;
  if (description === undefined) return true;
  const head = new Uint8Array(ArrayBuffer.isView(description) ? description.buffer : description);
  const offset = ArrayBuffer.isView(description) ? description.byteOffset : 0;
  if (((head[offset + 4] ?? 0) & 3) + 1 !== LENGTH_BYTES) return true;
  for await (const packet of new EncodedPacketSink(track).packets())
    if (unitsOf(packet.data).some(isForeign)) return true;
  return false;
}

function unitsOf(data: Uint8Array): readonly Uint8Array[] {
  const units: Uint8Array[] = [];
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  for (let at = 0; at + LENGTH_BYTES < data.length;) {
    const length = view.getUint32(at);
    units.push(data.subarray(at + LENGTH_BYTES, at + LENGTH_BYTES + length));
    at += LENGTH_BYTES + length;
  }
  return units;
}

function isForeign(unit: Uint8Array): boolean {
  if (((unit[0] ?? 0) & 0x1f) !== SEI) return false;
  let at = 1;
  // Several messages may stand in one unit; the last byte closes it.
  while (at < unit.length - 1) {
    const type = readNumber(unit, at);
    const size = readNumber(unit, type.next);
    const payload = unit.subarray(size.next, size.next + size.value);
    if (type.value === USER_DATA && Buffer.from(payload.subarray(0, 16)).toString("hex") !== X264)
      return true;
    at = size.next + size.value;
  }
  return false;
}

/** Bytes of 255 are added up, and the first smaller one with them (D.1). */
function readNumber(unit: Uint8Array, start: number): { readonly value: number; readonly next: number } {
  let value = 0;
  let at = start;
  while (unit[at] === 255) {
    value += 255;
    at += 1;
  }
  return { value: value + (unit[at] ?? 0), next: at + 1 };
}
