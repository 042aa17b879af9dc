import { readFile } from "node:fs/promises";
import { type Command, InvalidArgumentError } from "commander";
import { SHORTCODE } from "../domain/emoji.ts";
import { OperatorFault } from "../ops/fault.ts";
import { addEmoji, listEmojis, removeEmoji } from "../services/notes/emojis.ts";
import { EXIT, report, table, type Terminal, withApp } from "./context.ts";

type Json = { readonly json?: boolean };

/** `causeway emoji …` */
export function addEmojiCommands(program: Command, terminal: Terminal): void {
  const emoji = program.command("emoji").description("custom emoji of this instance");
  emoji
    .command("add <name> <file>")
    .description("make a PNG, WebP or GIF picture the emoji :name:, or give :name: another picture")
    .option("--json", "print JSON")
    .action((name: string, file: string, options: Json) => add(terminal, shortcode(name), file, options));
  emoji
    .command("remove <name>")
    .description("take an emoji out of use; notes that have it keep it")
    .option("--json", "print JSON")
    .action((name: string, options: Json) => remove(terminal, shortcode(name), options));
  emoji
    .command("list")
    .description("list the emoji of this instance")
    .option("--json", "print JSON")
    .action((options: Json) => list(terminal, options));
}

/** The name with or without its colons. */
function shortcode(name: string): string {
  const bare = name.replace(/^:(.*):$/, "$1");
  if (!SHORTCODE.test(bare))
    throw new InvalidArgumentError("An emoji's name has 1 to 64 letters, digits and _.");
  return bare;
}

async function add(terminal: Terminal, name: string, file: string, options: Json): Promise<void> {
  const bytes = await readFile(file).catch((cause: unknown) => {
    throw new OperatorFault(
      `${file} cannot be read: ${cause instanceof Error ? cause.message : ""}`,
      EXIT.notFound,
    );
  });
  const emoji = await withApp(terminal, (app) =>
    addEmoji(app, { shortcode: name, bytes: new Uint8Array(bytes) }),
  );
  report(terminal, options, emoji, [`:${emoji.name}: is ${emoji.url}.`]);
}

async function remove(terminal: Terminal, name: string, options: Json): Promise<void> {
  if (!(await withApp(terminal, (app) => removeEmoji(app, name))))
    throw new OperatorFault(`There is no emoji :${name}:.`, EXIT.notFound);
  report(terminal, options, { name, removed: true }, [`:${name}: is out of use.`]);
}

async function list(terminal: Terminal, options: Json): Promise<void> {
  const emojis = await withApp(terminal, listEmojis);
  const lines = table(emojis.map((emoji) => [`:${emoji.name}:`, emoji.url]));
  report(terminal, options, emojis, emojis.length === 0 ? ["There are no custom emoji."] : lines);
}
