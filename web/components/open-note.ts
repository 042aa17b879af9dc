import type { Visit } from "../visit.ts";

/** An address of this server in full. */
export function absolute(visit: Visit, url: string): string {
  const { origin } = visit.app.uris;
  return URL.canParse(url, origin) ? new URL(url, origin).href : url;
}
