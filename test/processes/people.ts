import { type Browser, openBrowser } from "./browser.ts";
import { type Server, setupLink } from "./processes.ts";

export const PASSWORD = "correct horse battery";

/** Sets a server up as its owner does in the browser, who is signed in then. */
export async function setUp(server: Server, username = "owner_here"): Promise<Browser> {
  const browser = openBrowser(server.origin);
  const { pathname, search } = new URL(setupLink(server));
  await browser.submit(`${pathname}${search}`, "/setup", {
    serverName: "Test",
    username,
    password: PASSWORD,
    languages: ["en", "zh-Hans"],
    joinMode: "open",
  });
  // These tests are about processes; a device's work and first days would only be in their way.
  await browser.submit("/admin/joining", "/admin/joining", {
    openCheck: "none",
    workBits: "16",
    invitesPerMonth: "3",
    approvalsPerDay: "10",
    approvalsWaiting: "100",
    probationHours: "0",
    probationLikes: "3",
  });
  return browser;
}

/** Joins a server through its form. */
export async function join(server: Server, username: string): Promise<Browser> {
  const browser = openBrowser(server.origin);
  await browser.submit("/join", "/join", { username, password: PASSWORD, acceptedRules: "yes" });
  return browser;
}

/** Signs in through the form. */
export async function signIn(server: Server, username: string, password = PASSWORD): Promise<Browser> {
  const browser = openBrowser(server.origin);
  await browser.submit("/login", "/login", { username, password });
  return browser;
}

/** Posts a note and returns the path of its page. */
export async function post(browser: Browser, source: string, from = "/compose"): Promise<string> {
  const page = await browser.submit(from, "/compose", { source, action: "post" });
  return (page.location ?? "").replace(/#.*$/, "");
}

/** Looks somebody up by handle and follows them. */
export async function follow(browser: Browser, handle: string): Promise<void> {
  await browser.get(`/search?q=${encodeURIComponent(handle)}`);
  await browser.submit(`/${handle}`, `/${handle}/relationship`, { do: "follow" });
}
