// The types that masto 8 gives to answers, read from its own declarations: every address that masto knows, with the type of
// what it answers. contract.ts holds each answer of ours against them, so that an app that trusts these types is right to.

import { createRequire } from "node:module";
import { join } from "node:path";
import type { Written } from "./declarations.ts";
import { DeclaredTypes, type Here, type Scope } from "./declared-types.ts";

/** Where masto's word is not followed, by declaration and field. What it says there is said nowhere else, or cannot be. */
export const EXCEPTIONS: ReadonlyMap<string, string> = new Map([
  ["FeatureApproval.current_user", "masto itself turns the name into currentUser"],
  ["admin.DomainBlock.rejectReposts", "a slip: the field is reject_reports"],
  ["BaseNotificationGroup.sampleAccountIds", "a slip: it is a list of ids"],
  [
    "BaseNotificationGroup.mostRecentNotificationId",
    "a number in Mastodon, and Ice Cubes reads nothing else",
  ],
  ["InstanceApiVersions.mastodon", "a number in Mastodon, which Phanpy and Ice Cubes compare"],
  ["Client.clientSecretExpiresAt", "a number (RFC 7591, 3.2.1)"],
  ["FeaturedTag.statusesCount", "a text in what Mastodon sends"],
  ["NotificationRequest.notificationsCount", "a text in what Mastodon sends"],
  ["Role.id", "a text in Mastodon, as every id"],
  ["Role.permissions", "a text in Mastodon: the bits outgrow a number"],
  ["Role.createdAt", "roles are part of the program; no Mastodon says it either"],
  ["Role.updatedAt", "roles are part of the program; no Mastodon says it either"],
  ["StatusParams.applicationId", "a number in Mastodon, and in megalodon"],
  ["StatusParams.inReplyToId", "a number in Mastodon"],
  ["WebPushSubscriptionAlerts.admin", "two fields with a dot in their names; Tusky reads a map of booleans"],
  ["Marker.home", "only markers that were asked for and exist are answered"],
  ["Marker.notifications", "only markers that were asked for and exist are answered"],
  ["Announcement.endsAt", "left out, never null: an announcement may have no end"],
  ["admin.Report.actionTakenByAccount", "left out, never null: nobody has done anything yet"],
  ["admin.Report.account", "accounts as staff see them, which masto takes for those that all see"],
  ["admin.Report.targetAccount", "accounts as staff see them, which masto takes for those that all see"],
  ["admin.Report.assignedAccount", "accounts as staff see them, which masto takes for those that all see"],
  ["GET /api/v1/instance/languages", "a list of {code, name}, not of texts"],
  ["GET /api/v1/statuses/*/card", "an empty thing where there is no card, as Mastodon has it"],
]);

const METHODS: Readonly<Record<string, string>> = {
  fetch: "GET",
  list: "GET",
  lookup: "GET",
  verifyCredentials: "GET",
  create: "POST",
  update: "PUT",
  updateCredentials: "PATCH",
  remove: "DELETE",
};
/** These are what is done, not a step of the address. */
const UNSPOKEN: ReadonlySet<string> = new Set(["fetch", "list", "create", "update", "remove"]);

/** masto's declarations. */
export class StrictTypes {
  private readonly types = new DeclaredTypes(EXCEPTIONS);
  private readonly root: string;
  /** `GET /api/v1/accounts/*` → the type of the answer. */
  private readonly answers = new Map<string, Here>();

  constructor() {
    const library = createRequire(import.meta.url).resolve("masto");
    this.root = join(library, "../mastodon");
    this.walk(this.types.named(join(this.root, "rest/client.d.ts"), "Client"), "/api");
  }

  /** Every address that masto knows, as `GET /api/v1/accounts/*`. */
  get addresses(): readonly string[] {
    return [...this.answers.keys()];
  }

  /** What masto finds wrong in what a row of our table answered; null when nothing, or when it does not know the address. */
  answerFault(method: string, path: string, body: unknown): string | null {
    const address = `${method} ${path.replaceAll(/:[^/]+/g, "*")}`;
    const here = this.answers.get(address);
    return here === undefined ? null : this.types.excused(address, this.types.fault(here, camel(body), ""));
  }

  /** What masto finds wrong in the payload of an event of a stream; null when nothing. */
  eventFault(event: string, payload: unknown): string | null {
    const registry = this.types.named(join(this.root, "streaming/event.d.ts"), "EventRegistry");
    const type = this.types.fieldsOf(registry)?.get(event);
    const expected = type === undefined ? undefined : this.types.fieldsOf(type)?.get("payload");
    if (expected === undefined) return `${event} is an event that masto does not know`;
    return this.types.fault(expected, camel(payload), "");
  }

  /** Resources within resources; a field of type `Method` is an end of an address. */
  private walk(here: Here, path: string): void {
    for (const [name, field] of this.types.fieldsOf(here) ?? []) {
      const { type } = field;
      const returns = type.kind === "call" ? type.returns : type;
      if (name === "$select") this.walk({ type: returns, scope: field.scope }, `${path}/*`);
      else if (type.kind === "call") this.end(name, type.returns, field.scope, path);
      else if (type.kind === "name" && type.name === "Method")
        this.end(name, type.args[0], field.scope, path);
      else this.walk(field, `${path}/${snake(name)}`);
    }
  }

  private end(name: string, answer: Written | undefined, scope: Scope, path: string): void {
    if (answer === undefined) throw new Error(`${path}: a method without an answer`);
    const isPaged = answer.kind === "name" && answer.name === "Paginator";
    const address = UNSPOKEN.has(name) ? path : `${path}/${snake(name)}`;
    const type = isPaged ? (answer.args[0] ?? answer) : answer;
    this.answers.set(`${METHODS[name] ?? "POST"} ${address}`, { type, scope });
  }
}

/** Names as masto gives them to apps: those with a colon stay. */
function camel(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(camel);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [
      /[:@]|^_/.test(name)
        ? name
        : name.replaceAll(/[_.]+([a-z0-9])/g, (_, letter: string) => letter.toUpperCase()),
      camel(one),
    ]),
  );
}

function snake(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
