import { type Command, Option } from "commander";
import { isoTime } from "../context.ts";
import { type Relay, RELAY_STYLES, type RelayStyle } from "../domain/relay.ts";
import { addRelay, listRelays, removeRelay } from "../services/moderation/relays.ts";
import { report, table, type Terminal, withApp } from "./context.ts";

type Json = { readonly json?: boolean };

const styleOption = () =>
  new Option("--style <style>", "mastodon: the address is an inbox; litepub: it is an actor")
    .choices(RELAY_STYLES)
    .default("mastodon");

/** `causeway relay …` */
export function addRelayCommands(program: Command, terminal: Terminal): void {
  const relay = program.command("relay").description("servers that pass public notes on between servers");
  relay
    .command("add <url>")
    .description("ask a relay to pass public notes on, both ways; it has to agree")
    .addOption(styleOption())
    .option("--json", "print JSON")
    .action((url: string, options: Json & { readonly style: RelayStyle }) => add(terminal, url, options));
  relay
    .command("remove <url>")
    .description("leave a relay")
    .option("--json", "print JSON")
    .action((url: string, options: Json) => remove(terminal, url, options));
  relay
    .command("list")
    .description("list relays and what they answered")
    .option("--json", "print JSON")
    .action((options: Json) => list(terminal, options));
}

async function add(
  terminal: Terminal,
  url: string,
  options: Json & { readonly style: RelayStyle },
): Promise<void> {
  const relay = await withApp(terminal, (app) => addRelay(app, { url, style: options.style }));
  report(terminal, options, view(relay), [
    `${relay.inboxUri} is asked; \`causeway relay list\` says what it answers. The server must be running.`,
  ]);
}

async function remove(terminal: Terminal, url: string, options: Json): Promise<void> {
  const relay = await withApp(terminal, (app) => removeRelay(app, { url }));
  report(terminal, options, view(relay), [`${relay.inboxUri} is left.`]);
}

async function list(terminal: Terminal, options: Json): Promise<void> {
  const relays = (await withApp(terminal, (app) => listRelays(app))).map(view);
  const lines =
    relays.length === 0
      ? ["No relay is asked."]
      : table(relays.map((one) => [one.inbox, one.style, one.state, one.since.slice(0, 10)]));
  report(terminal, options, relays, lines);
}

function view(relay: Relay) {
  return {
    inbox: relay.inboxUri,
    actor: relay.actorUri,
    style: relay.style,
    state: relay.state,
    since: isoTime(relay.createdAt),
  };
}
