import { z } from "zod";
import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import { EvacuationOrder } from "../../domain/lifeboat.ts";
import { CausewayError, notFound } from "../../errors.ts";
import { addProof } from "../../lifeboat/proofs.ts";
import { transaction } from "../../store/database.ts";
import { type AgreementRow, listAgreements } from "../../store/evacuations.ts";
import { requireAdministrator } from "../administration/roles.ts";
import { audit } from "../moderation/audit.ts";
import { instanceSigner, termsOf } from "../standbys/agreements.ts";
import { wholeSeconds } from "./kits.ts";

// At the home: what trustees decide at the standby, and the word against it while the home is alive.

const MOST_BYTES = 512 * 1024;
const TIMEOUT_MS = 5_000;

const Listed = z.object({
  orders: z
    .array(
      z.object({
        order: EvacuationOrder,
        state: z.enum(["asked", "waiting", "running", "done", "stopped"]),
        approvals: z.int().min(0),
        beginsAt: z.iso.datetime().nullable(),
      }),
    )
    .max(50),
});

/** An order at a standby that says that this server is lost. */
export type OrderAgainst = {
  readonly agreementUri: string;
  readonly standby: string;
  readonly uri: string;
  readonly reason: EvacuationOrder["reason"];
  readonly state: "asked" | "waiting" | "running" | "done" | "stopped";
  readonly approvals: number;
  readonly threshold: number;
  /** ms */
  readonly beginsAt: number | null;
};

/** What is decided about this server at its standbys, asked there now; `silent` are those that do not answer. */
export async function listOrdersAgainst(
  app: App,
  viewer: Viewer,
): Promise<{ readonly orders: readonly OrderAgainst[]; readonly silent: readonly string[] }> {
  requireAdministrator(viewer);
  const answers = await Promise.all(
    (await listAgreements(app.db, "home")).map((row) => askStandby(app, row)),
  );
  return {
    orders: answers.flatMap(({ orders }) => orders ?? []),
    silent: answers.flatMap(({ orders, standby }) => (orders === null ? [standby] : [])),
  };
}

async function askStandby(
  app: App,
  row: AgreementRow,
): Promise<{ readonly standby: string; readonly orders: readonly OrderAgainst[] | null }> {
  const standby = row.partner;
  const { threshold } = termsOf(row);
  const url = `${standby}/.well-known/causeway/launches?agreement=${encodeURIComponent(row.uri)}`;
  const answer = await app.http
    .fetch({
      url,
      headers: { accept: "application/json" },
      maxBytes: MOST_BYTES,
      timeoutMs: TIMEOUT_MS,
      maxRedirects: 0,
    })
    .catch(() => null);
  const listed = answer?.status === 200 ? Listed.safeParse(parse(answer.body)) : null;
  if (listed?.success !== true) return { standby, orders: null };
  const own = listed.data.orders.filter(({ order }) => order.agreement === row.uri);
  return {
    standby,
    orders: own.map(({ order, state, approvals, beginsAt }) => ({
      agreementUri: row.uri,
      standby,
      uri: order.id,
      reason: order.reason,
      state,
      approvals,
      threshold,
      beginsAt: beginsAt === null ? null : Date.parse(beginsAt),
    })),
  };
}

function parse(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    return null;
  }
}

/**
 * Tells a standby that this server is alive, so that a launch that waits is stopped; signed with the key of the agreement.
 * @throws not_found, remote_failed when the standby does not take it
 */
export async function objectToLaunch(
  app: App,
  viewer: Viewer,
  order: { readonly agreementUri: string; readonly uri: string },
): Promise<void> {
  requireAdministrator(viewer);
  const agreement = (await listAgreements(app.db, "home")).find(({ uri }) => uri === order.agreementUri);
  if (agreement === undefined) throw notFound();
  const at = wholeSeconds(app.clock.now());
  const document = { type: "LaunchObjection", v: 1, order: order.uri, home: app.config.origin, at };
  const signed = addProof(document, await instanceSigner(app), at);
  const answer = await app.http
    .post({
      url: `${agreement.partner}/.well-known/causeway/objections`,
      headers: { "content-type": "application/json" },
      body: new TextEncoder().encode(JSON.stringify(signed)),
    })
    .catch(() => null);
  if (answer === null || answer.status >= 300)
    throw new CausewayError("remote_failed", "error.remote_failed");
  await transaction(app.db, (tx) =>
    audit(app, tx, viewer, {
      what: "launch.objected",
      subject: agreement.partner,
      detail: { order: order.uri },
    }),
  );
}
