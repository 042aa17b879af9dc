import { html } from "hono/html";
import { notFound } from "../../../server/errors.ts";
import { appIcon, ICON_SIZES } from "../../../server/services/media/app-icons.ts";
import { readFavicon, serviceWorkerText } from "../../assets.ts";
import { showPage } from "../../layout.ts";
import type { WebContext } from "../../visit.ts";

// The site as an app on a phone or a desktop: manifest, icons, service worker, the page for when there is no network.

/** What the installed app is called, looks like and takes (W3C Web Application Manifest). */
export async function getManifest(c: WebContext): Promise<Response> {
  const { i18n, settings } = c.get("visit");
  const { t, locale } = i18n;
  const shortcut = (name: string, url: string) => ({ name, url });
  const icon = (size: number, purpose: "any" | "maskable") => ({
    src: `/icons/${purpose === "any" ? "icon" : "maskable"}-${size}.png`,
    sizes: `${size}x${size}`,
    type: "image/png",
    purpose,
  });
  c.header("Cache-Control", "public, max-age=600");
  c.header("Vary", "Accept-Language, Cookie");
  c.header("Content-Type", "application/manifest+json; charset=utf-8");
  return c.body(
    JSON.stringify({
      id: "/",
      name: settings.name,
      short_name: [...settings.name].slice(0, 12).join("").trim(),
      ...(settings.description === "" ? {} : { description: settings.description }),
      lang: locale,
      start_url: "/",
      scope: "/",
      display: "standalone",
      background_color: "#fafaf7",
      theme_color: "#fafaf7",
      icons: [
        ...ICON_SIZES.map((size) => icon(size, "any")),
        ...ICON_SIZES.map((size) => icon(size, "maskable")),
      ],
      shortcuts: [
        shortcut(t("manifest.write"), "/compose"),
        shortcut(t("nav.notifications"), "/notifications"),
        shortcut(t("nav.search"), "/search"),
      ],
      // Links of the fediverse that name no server (FEP-07d7's neighbour: handlers must begin with `web+`).
      protocol_handlers: [{ protocol: "web+ap", url: "/authorize_interaction?uri=%s" }],
      share_target: {
        action: "/share",
        method: "POST",
        enctype: "multipart/form-data",
        params: {
          title: "title",
          text: "text",
          url: "url",
          files: [{ name: "files", accept: ["image/*", "video/*", "audio/*"] }],
        },
      },
    }),
  );
}

/** `/icons/icon-192.png`, `/icons/maskable-512.png`: of the server's logo, or of ours. */
export async function getIcon(c: WebContext): Promise<Response> {
  const { app, settings } = c.get("visit");
  const [, purpose, digits] = /^(icon|maskable)-(\d{3})\.png$/.exec(c.req.param("file") ?? "") ?? [];
  const size = ICON_SIZES.find((one) => one === Number(digits));
  if (purpose === undefined || size === undefined) throw notFound();
  const wanted = { size, isMaskable: purpose === "maskable", drawing: readFavicon() };
  const bytes = await appIcon(app, { ...wanted, logo: settings.appearance.logo });
  c.header("Cache-Control", "public, max-age=86400");
  c.header("Content-Type", "image/png");
  // Apps on other origins show it beside the name of this server.
  c.header("Cross-Origin-Resource-Policy", "cross-origin");
  return c.body(new Uint8Array(bytes));
}

/** The service worker; asked for anew each time, so that a new version of the software is noticed. */
export async function getServiceWorker(c: WebContext): Promise<Response> {
  c.header("Cache-Control", "no-cache");
  c.header("Content-Type", "text/javascript; charset=utf-8");
  return c.body(serviceWorkerText(c.get("visit").assets));
}

/** What is shown without a network; kept by the service worker, so nothing personal is on it. */
export async function getOffline(c: WebContext): Promise<Response> {
  const visit = c.get("visit");
  c.set("visit", { ...visit, viewer: null, sessionToken: null, csrf: "", unread: 0 });
  const { t } = visit.i18n;
  return await showPage(c, {
    title: t("offline.title"),
    shape: "narrow",
    noindex: true,
    main: html`<div class="message"><h1>${t("offline.title")}</h1><p>${t("offline.text")}</p>
<p class="form-buttons"><a class="button primary" href="">${t("offline.again")}</a> <a class="button quiet" href="/">${t("offline.kept")}</a></p></div>`,
  });
}
