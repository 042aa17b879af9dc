// Situations of FEDERATION.md by theme, each with the documents that it leads to.
// This file: what is found without knowing an id.

import type { Story } from "../world.ts";

export const discovery: Readonly<Record<string, Story>> = {
  async webFinger({ here, get }) {
    const hostMeta = await here.request("/.well-known/host-meta");
    return {
      webfinger: await get(
        "/.well-known/webfinger?resource=acct:alice@social.example",
        "application/jrd+json",
      ),
      "host-meta": (await hostMeta.text()).trim(),
      "host-meta-json": await get("/.well-known/host-meta.json", "application/json"),
    };
  },
  async nodeInfo({ get }) {
    return {
      "nodeinfo-links": await get("/.well-known/nodeinfo", "application/json"),
      nodeinfo: await get("/nodeinfo/2.1", "application/json"),
    };
  },
};
