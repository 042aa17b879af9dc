// The types that megalodon 10 gives to what its methods answer, read from its own declarations. client.ts wraps the library, so
// that whatever a test gets through it is held against them: that is what an app built on megalodon works with.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { MegalodonInterface } from "megalodon";
import { DeclaredTypes } from "./declared-types.ts";

/** Where megalodon's word is not followed, by declaration and field. */
const EXCEPTIONS: ReadonlyMap<string, string> = new Map([
  ["History.uses", "a text in Mastodon and in masto"],
  ["History.accounts", "a text in Mastodon and in masto"],
  ["FeaturedTag.statuses_count", "a text in what Mastodon sends"],
  ["FeaturedTag.last_status_at", "null in Mastodon and in masto, where nothing was written yet"],
  ["Announcement.ends_at", "left out rather than null, for masto: an announcement may have no end"],
  ["PollOption.votes_count", "left out rather than null, for masto: results may be hidden"],
  ["deleteFilter", "answers an empty thing, in Mastodon too"],
]);

const folder = join(createRequire(import.meta.url).resolve("megalodon"), "../../esm");
const ENTITIES = join(folder, "entity.d.ts");
const METHOD = /^ {4}(\w+)\([\s\S]*?\): Promise<Response<([^;]+)>>;$/gm;

/** megalodon's types: what each method answers is declared beside its entities, as `of_getAccount`. */
function megalodonTypes(): DeclaredTypes {
  const types = new DeclaredTypes(EXCEPTIONS);
  const entities = readFileSync(ENTITIES, "utf8")
    .replace(/export declare namespace Entity \{([^}]*)\}/, "$1")
    .replace("export default Entity;", "");
  const methods = readFileSync(join(folder, "megalodon.d.ts"), "utf8").matchAll(METHOD);
  const answers = [...methods].map(
    ([, name, type = ""]) => `type of_${name} = ${type.replaceAll("Entity.", "")};`,
  );
  types.add(ENTITIES, [entities, ...answers].join("\n"));
  return types;
}

const types = megalodonTypes();

/** The same client, whose answers are held against its own types; what is broken is thrown. */
export function strictly(client: MegalodonInterface): MegalodonInterface {
  const checked = (method: string, answer: unknown): unknown => {
    const data: unknown =
      typeof answer === "object" && answer !== null ? Reflect.get(answer, "data") : undefined;
    const here = types.named(ENTITIES, `of_${method}`);
    const fault = types.isKnown(here) ? types.excused(method, types.fault(here, data, "")) : null;
    if (fault !== null) throw new Error(`megalodon's ${method}: ${fault}`);
    return answer;
  };
  return new Proxy(client, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== "function" || typeof name !== "string") return value;
      return (...args: readonly unknown[]): unknown => {
        const answer: unknown = Reflect.apply(value, target, args);
        return answer instanceof Promise ? answer.then((one) => checked(name, one)) : answer;
      };
    },
  });
}
