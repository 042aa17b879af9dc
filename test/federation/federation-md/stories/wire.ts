import { aNote } from "../../../support/instance.ts";
import { drain } from "../../../support/network.ts";
import type { Story, World } from "../world.ts";

export const wire: Readonly<Record<string, Story>> = {
  async delivery(world) {
    await world.boFollows();
    const cavage = await requestsDuring(world, () => aNoteOf(world), 202);
    return { delivery: cavage[0] };
  },

  async secondKnock(world) {
    await world.boFollows();
    const both = await requestsDuring(world, () => aNoteOf(world), 401);
    return { "delivery-rfc9421": both[1] };
  },

  async fetching(world) {
    const [get] = await requestsDuring(world, () => world.here.app.remote.findActor(world.bo.actorUri), 202);
    return { get };
  },

  async followerSync(world) {
    const { here, bo, aliceUri } = world;
    await world.boFollows();
    const url = `${aliceUri}/followers_synchronization`;
    const { signRequest } = await import("@fedify/fedify");
    const { toInstant } = await import("../../../../federation/reading/time.ts");
    const request = new Request(url, { headers: { accept: "application/activity+json" } });
    const signed = await signRequest(request, bo.keys.privateKey, new URL(bo.keyId), {
      spec: "draft-cavage-http-signatures-12",
      currentTime: toInstant(here.clock.now()),
    });
    const response = await here.fetch(signed, { ip: "192.0.2.1" });
    return { "followers-synchronization": await response.json() };
  },
};

async function aNoteOf({ here, alice }: World): Promise<void> {
  await aNote(here, { by: alice.viewer, source: "Hello", language: "en" });
}

/** The requests to Bo's server as text, while it answers deliveries with a status. */
async function requestsDuring(
  { here, bo }: World,
  action: () => Promise<unknown>,
  status: number,
): Promise<readonly string[]> {
  await drain(here);
  const seen: string[] = [];
  const documents = bo.documents;
  here.network.join(bo.host, (request) => {
    const { pathname, search } = new URL(request.url);
    seen.push(textOf(request, pathname + search));
    if (request.method === "POST")
      return Promise.resolve(new Response(null, { status: seen.length > 1 ? 202 : status }));
    const document = documents.get(pathname);
    const headers = { "content-type": "application/activity+json" };
    return Promise.resolve(
      document === undefined || document instanceof Response
        ? new Response(null, { status: 404 })
        : new Response(JSON.stringify(document), { headers }),
    );
  });
  await action();
  await drain(here);
  return seen;
}

/** A request as it is written in the page: header names in order, chance as dots. */
function textOf(request: Request, target: string): string {
  const headers = [...request.headers.entries()].filter(([name]) => name !== "host");
  const lines = headers.map(([name, value]) => `${name}: ${dotted(value)}`);
  return [`${request.method} ${target} HTTP/1.1`, `host: ${new URL(request.url).host}`, ...lines].join("\n");
}

function dotted(value: string): string {
  return value
    .replaceAll(/(signature=")[^"]+/g, "$1…")
    .replaceAll(/(SHA-256=|sha-256=:|sig1=:)[\w+/=]+:?$/g, "$1…")
    .replaceAll(/\bdigest="[0-9a-f]+"/g, 'digest="…"');
}
