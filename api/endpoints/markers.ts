import { z } from "zod";
import { MARKED_TIMELINES, markRead, readMarkers } from "../../server/services/markers.ts";
import { answer, endpoint } from "../endpoint.ts";
import { Markers } from "../entities/notices.ts";
import { id, listOf } from "../kinds.ts";
import { toMarkers } from "../serialize/notices.ts";

export const getMarkers = endpoint({
  who: "user",
  scopes: ["read:statuses"],
  summary: "How far the person has read some timelines",
  params: z.object({ timeline: listOf(z.string(), 20) }),
  returns: Markers,
  run: async ({ app, viewer, params }) => {
    const wanted = MARKED_TIMELINES.filter((name) => params.timeline.includes(name));
    return answer(toMarkers(await readMarkers(app, viewer, wanted)));
  },
});

const marker = z.object({ last_read_id: id() }).optional();

export const postMarkers = endpoint({
  who: "user",
  scopes: ["write:statuses"],
  summary: "Remembers how far the person has read; a marker never goes back",
  params: z.object({ home: marker, notifications: marker }),
  returns: Markers,
  run: async ({ app, viewer, params }) => {
    const told = MARKED_TIMELINES.flatMap((name) => {
      const lastReadId = params[name]?.last_read_id;
      return lastReadId === undefined ? [] : [[name, lastReadId] as const];
    });
    for (const [name, lastReadId] of told) await markRead(app, viewer, name, lastReadId);
    const names = told.map(([name]) => name);
    return answer(toMarkers(await readMarkers(app, viewer, names)));
  },
});
