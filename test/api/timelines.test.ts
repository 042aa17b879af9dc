import { describe, expect, test } from "vitest";
import { z } from "zod";
import { Status } from "../../api/entities/status.ts";
import { aNote } from "../support/instance.ts";
import { aPerson, serve } from "./client.ts";

describe("The home timeline", () => {
  test("comes page by page, as masto and megalodon walk it, in the shape that is promised", async () => {
    const served = await serve();
    const ada = await aPerson(served, "ada");
    for (let n = 0; n < 5; n++)
      await aNote(served.instance, { by: ada.viewer, source: `Note ${n}`, visibility: "public" });
    const texts: string[] = [];
    for await (const page of ada.masto.v1.timelines.home.list({ limit: 2 }))
      texts.push(...page.map((status) => status.content));
    expect(texts).toEqual([4, 3, 2, 1, 0].map((n) => `<p>Note ${n}</p>`));
    const { data } = await ada.megalodon.getHomeTimeline({ limit: 3 });
    expect(data.map((status) => status.content)).toEqual(texts.slice(0, 3));
    const raw = await ada.ask("GET", "/api/v1/timelines/home?limit=2");
    expect(() => z.array(Status).parse(raw.json)).not.toThrow();
    expect(raw.headers.get("link")).toMatch(
      /^<http:[^,]*limit=2&max_id=\d+>; rel="next", <http:[^,]*min_id=\d+>; rel="prev"$/,
    );
  });
});
