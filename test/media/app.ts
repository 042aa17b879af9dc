import sharp from "sharp";
import type { App, Files, HttpRequest, HttpResponse, HttpStream } from "../../server/context.ts";
import type { Viewer } from "../../server/domain/actor.ts";
import { asId } from "../../server/domain/ids.ts";
import { USUAL_PREFERENCES } from "../../server/domain/preferences.ts";
import { createRateLimiter } from "../../server/http/rate-limit.ts";
import { memoryFiles } from "../../server/media/files.ts";
import { memoryVault } from "../../server/vault.ts";
import { partialApp } from "../support/app.ts";
import { testConfig } from "../support/instance.ts";
import { storeActor } from "../support/rows.ts";

export const DAY = 86_400_000;

/** 600 by 400 pixels of grain, so that smaller sizes are worth having. */
export const PNG = await sharp({
  create: {
    width: 600,
    height: 400,
    channels: 3,
    background: "#8a2",
    noise: { type: "gaussian", mean: 128, sigma: 30 },
  },
})
  .png({ compressionLevel: 1 })
  .toBuffer();

export type Answer = Partial<HttpResponse> | Error;

/** An app with files in memory, whose outgoing door always answers the same. */
export function appWith(
  db: App["db"],
  answer: Answer = {},
  options: {
    readonly environment?: Readonly<Record<string, string>>;
    readonly files?: Files;
    readonly stream?: (request: { readonly url: string }) => Promise<HttpStream>;
  } = {},
) {
  const asked: HttpRequest[] = [];
  const fetch = async (request: HttpRequest): Promise<HttpResponse> => {
    asked.push(request);
    if (answer instanceof Error) throw answer;
    return { status: 200, url: request.url, headers: new Headers(), body: PNG, ...answer };
  };
  const unasked = () => Promise.reject(new Error("Nothing of that kind is asked here."));
  const base = partialApp(db, {
    config: testConfig({ ...options.environment }),
    files: options.files ?? memoryFiles(),
    cache: memoryFiles(),
    vault: memoryVault(),
    http: { fetch, post: unasked, stream: options.stream ?? unasked },
  });
  const limiter = createRateLimiter(() => base.clock.now());
  return { app: partialApp(db, { ...base, limiter }), clock: base.clock, asked };
}

/** A member. */
export async function viewerOn(app: App, id: number): Promise<Viewer> {
  await storeActor(app.db, id);
  await app.db
    .insertInto("accounts")
    .values({
      id: id + 100,
      actor_id: id,
      password_hash: "",
      role: "member",
      languages: "[]",
      created_at: 0,
      notifications_read_id: 0,
    })
    .execute();
  return {
    accountId: asId(id + 100),
    actorId: asId(id),
    username: `u${id}`,
    name: "",
    role: "member",
    locale: null,
    languages: [],
    preferences: USUAL_PREFERENCES,
  };
}

/** MAC and address of a proxied picture's address. */
export function parts(path: string): [mac: string, url: string] {
  const [, , mac = "", url = ""] = (path.split("?")[0] ?? "").split("/");
  return [mac, url];
}
