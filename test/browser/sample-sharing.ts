import { drawLandscape, PALETTES } from "../../server/demo/pictures.ts";
import type { Viewer } from "../../server/domain/actor.ts";
import type { NoteView } from "../../server/domain/note.ts";
import { subscribePush } from "../../server/services/push/subscriptions.ts";
import { fetchCard } from "../../server/services/cards/fetch-card.ts";
import { listCardKeys } from "../support/cards.ts";
import { aNote, type TestInstance } from "../support/instance.ts";
import { createDevice } from "../support/push-service.ts";

export type Shared = {
  /** By tom: a link to a page with a wide picture. */
  readonly linked: NoteView;
  /** By tom: a link to a page with a few words. */
  readonly plain: NoteView;
};

const WIDE = `<!doctype html><html lang="en"><title>x</title>
<meta property="og:title" content="How bees find their way home over open water">
<meta property="og:description" content="For forty years nobody believed the keepers on the island. Then somebody counted.">
<meta property="og:site_name" content="The Tidal Review"><meta name="author" content="Ines Holm">
<meta property="og:image" content="/bees.png">`;
const PLAIN = `<!doctype html><html lang="zh-Hans"><title>潮汐表 · 二〇二六年六月</title><meta name="description" content="高潮与低潮的时间，按日排列。">`;

/** Links with cards, and a browser that is told of news. */
export async function fillSharing(
  instance: TestInstance,
  { ada, tom }: { readonly ada: Viewer; readonly tom: Viewer },
): Promise<Shared> {
  const picture = await drawLandscape(PALETTES.noon, 12, { width: 1200, height: 630 });
  instance.network.join("review.test", async (request) =>
    new URL(request.url).pathname === "/bees.png"
      ? new Response(new Uint8Array(picture), { headers: { "content-type": "image/png" } })
      : new Response(request.url.includes("tides") ? PLAIN : WIDE, {
          headers: { "content-type": "text/html" },
        }),
  );
  const linked = await aNote(instance, {
    by: tom,
    source: "I have been saying this since 1986: https://review.test/bees",
    language: "en",
  });
  const plain = await aNote(instance, {
    by: tom,
    source: "Next month’s: https://review.test/tides",
    language: "en",
  });
  for (const key of await listCardKeys(instance.app.db)) await fetchCard(instance.app, key);
  await subscribePush(instance.app, ada, {
    ...createDevice("updates.push.services.mozilla.com", "ada"),
    sessionToken: null,
  });
  return { linked, plain };
}
