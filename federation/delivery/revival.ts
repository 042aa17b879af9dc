import type { App } from "../../server/context.ts";

/** Anything that a web server says of itself shows that it is back; an answer of 5xx comes from what stands in front. */
export async function isBack(app: App, host: string): Promise<boolean> {
  const { protocol } = new URL(app.config.origin);
  try {
    const answer = await app.http.fetch({
      url: `${protocol}//${host}/.well-known/nodeinfo`,
      headers: { accept: "application/json" },
      maxRedirects: 0,
    });
    return answer.status < 500;
  } catch {
    return false;
  }
}
