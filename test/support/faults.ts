import { CausewayError } from "../../server/errors.ts";

/** What a use case refuses: `field:key` of the first fault, or the key of the whole. */
export async function faultOf(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof CausewayError)) throw new Error(`expected a fault, got ${String(error)}`);
  const [first] = Object.entries(error.fields);
  return first === undefined ? error.key : `${first[0]}:${first[1].key}`;
}
