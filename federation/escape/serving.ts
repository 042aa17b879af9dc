import { type App, isoTime } from "../../server/context.ts";
import { CausewayError } from "../../server/errors.ts";
import { readBody } from "../../server/http/body.ts";
import { getNotice } from "../../server/services/escapes/notices.ts";
import { listOrders, receiveObjection } from "../../server/services/escapes/evacuations.ts";
import { isJson, readStored } from "../reading/json.ts";
import { bare, discovery } from "../serving/responses.ts";

const MOST_CHARACTERS = 2_048;
const MOST_BYTES = 16 * 1024;

/**
 * `/.well-known/causeway/successor?uri=…`: where the actor of a lost server went, signed by the person or by who decided.
 * 404 when nobody of that address came here.
 */
export async function answerSuccessor(app: App, request: Request): Promise<Response> {
  const uri = new URL(request.url).searchParams.get("uri") ?? "";
  const isSane = uri !== "" && uri.length <= MOST_CHARACTERS;
  const notice = isSane ? await getNotice(app, uri) : null;
  return notice === null ? bare(404) : discovery(JSON.stringify(notice), "application/json");
}

/** `/.well-known/causeway/launches?agreement=…`: what trustees decided, for their home, and for whoever wants to check. */
export async function answerLaunches(app: App, request: Request): Promise<Response> {
  const uri = new URL(request.url).searchParams.get("agreement") ?? "";
  if (uri === "" || uri.length > MOST_CHARACTERS) return bare(404);
  try {
    const orders = (await listOrders(app, uri)).map(({ document, state, approvals, beginsAt }) => ({
      order: readStored(document),
      state,
      approvals,
      beginsAt: beginsAt === null ? null : isoTime(beginsAt),
    }));
    const response = discovery(JSON.stringify({ orders }), "application/json");
    response.headers.set("cache-control", "no-store");
    return response;
  } catch (error) {
    return bare(statusOf(error));
  }
}

/** POST `/.well-known/causeway/objections`: the home says that it is alive. */
export async function answerObjection(app: App, request: Request): Promise<Response> {
  const body = await readBody(request, MOST_BYTES);
  if (body === "too_large") return bare(413);
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(body));
  } catch {
    return bare(400);
  }
  if (!isJson(json)) return bare(400);
  try {
    await receiveObjection(app, json);
    return bare(204);
  } catch (error) {
    return bare(statusOf(error));
  }
}

function statusOf(error: unknown): number {
  if (!(error instanceof CausewayError)) throw error;
  const statuses: Readonly<Record<string, number>> = { not_found: 404, conflict: 409, forbidden: 403 };
  return statuses[error.kind] ?? 400;
}
