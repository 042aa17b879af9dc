// Every address of the client API. A path may be asked for with a slash at its end, too.

import type { AnyEndpoint } from "./endpoint.ts";
import { getHome } from "./endpoints/timelines.ts";

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
export type Route = readonly [Method, string, AnyEndpoint];

export const ROUTES: readonly Route[] = [
  // Timelines
  ["GET", "/api/v1/timelines/home", getHome],
];
