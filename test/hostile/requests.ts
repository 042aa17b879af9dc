// What browsers, apps and crawlers of bad people send: pages, forms, the client API and the well-known addresses.

import type { Facts } from "./scene.ts";

/** A request; `who`: nobody, bob's session, or bob's app. `body`: fields of a form for pages, JSON for the API. */
export type HostileRequest = {
  readonly row: string;
  readonly who: "nobody" | "session" | "app";
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
};

/** Forms that come from elsewhere, name what is carol's, or give themselves powers. */
export function hostilePages(facts: Facts): readonly HostileRequest[] {
  const { ids, carolNote } = facts;
  const page = (row: string, method: string, path: string, body?: unknown, headers = {}): HostileRequest => ({
    row,
    who: "session",
    method,
    path,
    headers,
    ...(body === undefined ? {} : { body }),
  });
  const WRITTEN = "/compose";
  const elsewhere: readonly Readonly<Record<string, string>>[] = [
    { origin: "https://e.test" },
    { origin: "null" },
    { origin: "https://here.test.e.test" },
    { origin: "https://here.test:444" },
    { origin: "http://here.test" },
    { origin: "https://xhere.test" },
    { "sec-fetch-site": "cross-site" },
    { "sec-fetch-site": "same-site" },
    { origin: "https://here.test", "sec-fetch-site": "cross-site" },
    { referer: "https://e.test/" },
    { origin: "https://e.test", "x-http-method-override": "POST" },
    { origin: "https://e.test", "content-type": "text/plain" },
  ];
  const forged = elsewhere.map((headers) =>
    page("WEB-01 WEB-02", "POST", WRITTEN, { source: "hello", visibility: "public" }, headers),
  );
  const tokens = ["", "x", "0".repeat(64), "../", "\u0000", "a".repeat(9_000)].map((csrf) =>
    page("WEB-01", "POST", WRITTEN, { source: "hello", visibility: "public", csrf }),
  );
  const hers: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
    [`/@carol/${carolNote}/delete`, {}],
    [`/@carol/${carolNote}/edit`, { source: "mine now" }],
    [`/@bob/${carolNote}/delete`, {}],
    [`/@carol/${carolNote}/policy`, { reply: "nobody" }],
    [`/drafts/${ids["draft"]}/delete`, {}],
    [`/drafts/${ids["draft"]}/restore`, {}],
    [`/scheduled/${ids["scheduled"]}`, { do: "cancel" }],
    [`/lists/${ids["list"]}/edit`, { title: "mine" }],
    [`/lists/${ids["list"]}/delete`, {}],
    [`/settings/filters/${ids["filter"]}`, { title: "mine" }],
    [`/settings/filters/${ids["filter"]}/delete`, {}],
    [`/settings/apps/${ids["token"]}/end`, {}],
    [`/settings/import/${ids["transfer"]}`, { do: "start" }],
    [`/settings/arrival/${ids["arrival"]}`, { do: "start", notes: "yes" }],
    [`/media/${ids["media"]}/captions`, { language: "en", captions: "00:00.000 --> 00:01.000\nx" }],
    [`/notifications/waiting/${ids["waiting"]}`, { do: "accept" }],
    [`/settings/notifications/devices/${ids["push"]}/end`, {}],
    [`/moderation/reports/${ids["report"]}`, { do: "resolve" }],
    [`/moderation/people/${ids["person"]}`, { measure: "suspend" }],
    ["/moderation/appeals", { appeal: String(ids["appeal"]), answer: "grant" }],
    ["/moderation/domains", { domain: "v.test", severity: "suspend" }],
    ["/moderation/sign-ups", { do: "approve", id: "1" }],
    ["/moderation/withholdings", { country: "de", uri: facts.aliceNote }],
    ["/admin/roles", { username: "bob", role: "admin" }],
    ["/admin/settings", { serverName: "mine" }],
    ["/admin/jobs", { do: "retry", id: "1" }],
    ["/admin/queue", { do: "drop", id: "1" }],
    ["/admin/federation", { do: "forget", host: "v.test" }],
    ["/admin/backup", { do: "now" }],
    ["/admin/launch", { do: "launch" }],
    ["/setup", { token: "x", username: "second", password: "correct horse battery" }],
  ];
  const foreign = hers.map(([path, body]) =>
    page("AUZ-20 OAU-10 ADM-01 ADM-05", "POST", path, { ...body, good: "csrf" }),
  );
  const reading = [
    `/@carol/${carolNote}`,
    `/lists/${ids["list"]}`,
    `/settings/filters/${ids["filter"]}`,
    `/settings/lifeboat/${ids["lifeboat"]}/file`,
    `/settings/import/${ids["transfer"]}/failed`,
    "/admin",
    "//admin",
    "/admin/../admin/roles",
    "/%61dmin/audit",
    "/ADMIN",
    "/admin/%2e%2e/health",
    "/moderation/reports",
    '/@"><svg onload=alert(1)>',
    "/search?q=%3Cscript%3Ealert(1)%3C/script%3E",
    "/search?q=" + "%40".repeat(9_000),
    "/search?q=%23a" + "%23a".repeat(3_000),
    "/search?q=https%3A%2F%2F127.0.0.1%2Fx",
    "/search?q=%40x%40localhost",
    "/authorize_interaction?uri=https%3A%2F%2F169.254.169.254%2F",
    "/authorize_interaction?uri=javascript%3Aalert(1)",
    "/intents/follow?object=file%3A%2F%2F%2Fetc%2Fpasswd",
    "/interact?uri=https%3A%2F%2F%5B%3A%3A1%5D%2F",
    "/share?text=" + "x".repeat(7_000),
    "/oembed?url=file:///etc/passwd",
    "/oembed?url=https://here.test@v.test/@carol/1",
    "/login?next=//e.test",
    "/login?next=/%2F/e.test",
    "/login?next=https:e.test",
    "/oauth/authorize?client_id=x&redirect_uri=https://e.test&response_type=code",
    "/oauth/authorize?client_id[]=x&redirect_uri=javascript:alert(1)",
    "/media/..%2f..%2fsecret.key",
    "/media/%2e%2e/%2e%2e/causeway.db",
    "/static/..%2f..%2fpackage.json",
    "/proxy/x?url=http://127.0.0.1",
    "/proxy/aHR0cHM6Ly8xMjcuMC4wLjEv/x",
    "/theme/..%2f..%2f..%2fsecret.key",
    "/icons/%00.png",
    "/@carol.rss%00",
    "/tags/" + "%F0%9F%92%A9".repeat(500),
    "/join/%2e%2e%2fsetup",
    "/setup?token=x",
    "/.env",
    "/.git/config",
    "/wp-login.php",
    "/backup.sql",
    "/metrics",
  ].map((path) => page("PRV-05 XSS-23 SSR-01 WEB-08 ADM-01", "GET", path));
  return [...forged, ...tokens, ...foreign, ...reading];
}

/** Calls of an app that bob let in, about what is not his, of kinds that were never meant, or with powers he has not. */
export function hostileCalls(facts: Facts): readonly HostileRequest[] {
  const { ids, carolNote } = facts;
  const call = (row: string, method: string, path: string, body?: unknown): HostileRequest => ({
    row,
    who: "app",
    method,
    path,
    ...(body === undefined ? {} : { body }),
  });
  const n = carolNote;
  const foreign: readonly (readonly [string, string, unknown?])[] = [
    ["PUT", `/api/v1/statuses/${n}`, { status: "mine now" }],
    ["DELETE", `/api/v1/statuses/${n}`],
    ["GET", `/api/v1/statuses/${n}/source`],
    ["GET", `/api/v1/statuses/${n}/history`],
    ["POST", `/api/v1/statuses/${n}/favourite`],
    ["POST", `/api/v1/statuses/${n}/reblog`, { visibility: "public" }],
    ["POST", `/api/v1/statuses/${n}/bookmark`],
    ["POST", `/api/v1/statuses/${n}/pin`],
    ["POST", `/api/v1/statuses/${n}/react/%F0%9F%8E%89`],
    ["POST", "/api/v1/statuses", { status: "re", in_reply_to_id: String(n) }],
    ["POST", "/api/v1/statuses", { status: "q", quoted_status_id: String(n) }],
    ["POST", "/api/v1/statuses", { status: "m", media_ids: [String(ids["media"])] }],
    ["PUT", `/api/v1/media/${ids["media"]}`, { description: "mine" }],
    ["DELETE", `/api/v1/media/${ids["media"]}`],
    ["PUT", `/api/v1/lists/${ids["list"]}`, { title: "mine" }],
    ["DELETE", `/api/v1/lists/${ids["list"]}`],
    ["POST", `/api/v1/lists/${ids["list"]}/accounts`, { account_ids: ["1"] }],
    ["DELETE", `/api/v1/lists/${ids["list"]}/accounts`, { account_ids: ["1"] }],
    ["PUT", `/api/v2/filters/${ids["filter"]}`, { title: "mine" }],
    ["DELETE", `/api/v2/filters/${ids["filter"]}`],
    ["POST", `/api/v2/filters/${ids["filter"]}/keywords`, { keyword: "x" }],
    ["PUT", `/api/v1/scheduled_statuses/${ids["scheduled"]}`, { scheduled_at: "2027-01-01T00:00:00Z" }],
    ["DELETE", `/api/v1/scheduled_statuses/${ids["scheduled"]}`],
    ["POST", `/api/v1/notifications/requests/${ids["waiting"]}/accept`],
    ["POST", "/api/v1/notifications/1/dismiss"],
    ["POST", "/api/v1/conversations/1/read"],
    ["DELETE", "/api/v1/conversations/1"],
    ["POST", "/api/v1/follow_requests/1/authorize"],
    ["POST", `/api/v1/admin/accounts/${ids["person"]}/action`, { type: "suspend" }],
    ["POST", `/api/v1/admin/accounts/${ids["person"]}/unsuspend`],
    ["DELETE", `/api/v1/admin/accounts/${ids["person"]}`],
    ["POST", `/api/v1/admin/reports/${ids["report"]}/resolve`],
    ["POST", "/api/v1/admin/domain_blocks", { domain: "v.test", severity: "suspend" }],
    ["POST", "/api/v1/admin/domain_allows", { domain: "e.test" }],
    ["POST", "/api/v1/announcements/1/dismiss"],
    ["PUT", "/api/v1/announcements/1/reactions/x"],
  ];
  const odd: readonly (readonly [string, string, unknown?])[] = [
    ["POST", "/api/v1/statuses", {}],
    ["POST", "/api/v1/statuses", { status: "" }],
    ["POST", "/api/v1/statuses", { status: "x".repeat(200_000) }],
    ["POST", "/api/v1/statuses", { status: { $gt: "" } }],
    ["POST", "/api/v1/statuses", { status: ["a", "b"] }],
    ["POST", "/api/v1/statuses", { status: "x", visibility: "everybody" }],
    ["POST", "/api/v1/statuses", { status: "x", in_reply_to_id: "../../1" }],
    ["POST", "/api/v1/statuses", { status: "x", in_reply_to_id: "9".repeat(50) }],
    ["POST", "/api/v1/statuses", { status: "x", scheduled_at: "never" }],
    ["POST", "/api/v1/statuses", { status: "x", scheduled_at: "9999-12-31T23:59:59Z" }],
    ["POST", "/api/v1/statuses", { status: "x", poll: { options: ["a"], expires_in: 60 } }],
    ["POST", "/api/v1/statuses", { status: "x", poll: { options: Array(400).fill("a"), expires_in: 600 } }],
    ["POST", "/api/v1/statuses", { status: "x", poll: { options: ["a", "b"], expires_in: -1 } }],
    ["POST", "/api/v1/statuses", { status: "x", poll: { options: ["a", "b"], expires_in: 1e12 } }],
    ["POST", "/api/v1/statuses", { status: "x", media_ids: Array(50).fill("1") }],
    ["POST", "/api/v1/statuses", { status: "x", spoiler_text: "y".repeat(100_000) }],
    ["POST", "/api/v1/lists", { title: "" }],
    ["POST", "/api/v1/lists", { title: "\u200B\u202E" }],
    ["POST", "/api/v2/filters", { title: "x", context: ["everywhere"] }],
    ["POST", "/api/v2/filters", { title: "x".repeat(5_000), context: ["home"] }],
    ["POST", "/api/v1/domain_blocks", { domain: "here.test" }],
    ["POST", "/api/v1/domain_blocks", { domain: "com/../x" }],
    ["POST", "/api/v1/domain_blocks", { domain: "\u0000" }],
    ["POST", "/api/v1/domain_blocks", { domain: "x".repeat(3_000) }],
    ["POST", "/api/v1/reports", { account_id: "999999999" }],
    ["POST", "/api/v1/reports", { account_id: String(ids["person"]), comment: "x".repeat(100_000) }],
    ["POST", "/api/v1/accounts/999999999/follow"],
    ["POST", "/api/v1/accounts/%2e%2e/follow"],
    ["POST", "/api/v1/polls/999/votes", { choices: [0] }],
    ["POST", "/api/v1/polls/999/votes", { choices: ["x"] }],
    [
      "POST",
      "/api/v1/push/subscription",
      { subscription: { endpoint: "http://127.0.0.1/x", keys: { p256dh: "x", auth: "x" } } },
    ],
    [
      "POST",
      "/api/v1/push/subscription",
      { subscription: { endpoint: "https://169.254.169.254/", keys: {} } },
    ],
    ["POST", "/api/v1/tags/%2e%2e/follow"],
    ["POST", "/api/v1/tags/%00/follow"],
    [
      "PATCH",
      "/api/v1/accounts/update_credentials",
      { role: "admin", is_local: true, actor_id: 1, moderates: ["en"] },
    ],
    ["PATCH", "/api/v1/accounts/update_credentials", { display_name: "x".repeat(10_000) }],
    ["PATCH", "/api/v1/accounts/update_credentials", { note: "y".repeat(100_000) }],
    ["POST", "/api/v1/apps", { client_name: "x".repeat(1_000_000), redirect_uris: "https://a.test/" }],
    ["POST", "/api/v1/apps", { client_name: "", redirect_uris: "https://a.test/" }],
    ["POST", "/api/v1/apps", { client_name: "x", redirect_uris: "javascript:alert(1)" }],
    ["POST", "/api/v1/apps", { client_name: "x", redirect_uris: "data:text/html,x" }],
    ["POST", "/api/v1/apps", { client_name: "x", redirect_uris: "https://a.test/#f" }],
    ["POST", "/oauth/token", { grant_type: "password", username: "carol", password: "x" }],
    ["POST", "/oauth/token", { grant_type: "authorization_code", code: "x", client_id: "x" }],
    ["POST", "/oauth/revoke", { token: "x", client_id: "x", client_secret: "x" }],
    ["GET", "/api/v1/timelines/home?limit=100000&max_id=abc&since_id[]=1"],
    ["GET", "/api/v1/accounts/lookup?acct=%00"],
    ["GET", "/api/v1/accounts/search?q=%5C%27%3B--&resolve=true"],
    ["GET", "/api/v1/timelines/tag/%27%20or%201=1--"],
  ];
  return [
    ...foreign.map(([method, path, body]) => call("AUZ-20 OAU-10 ADM-01 ADM-02", method, path, body)),
    ...odd.map(([method, path, body]) => call("OAU-11 OAU-01 OAU-02", method, path, body)),
  ];
}

/** Addresses that anybody may look up, with what they were never meant for. */
export function hostileQuestions(facts: Facts): readonly HostileRequest[] {
  const resources = [
    "",
    "acct:",
    "acct:@",
    "acct:@@",
    "acct:alice",
    "acct:alice@e.test",
    "acct:alice@here.test@e.test",
    "acct:alice%00@here.test",
    "acct:../alice@here.test",
    "acct:%d0%b0lice@here.test",
    `acct:${"a".repeat(9_000)}@here.test`,
    "https://127.0.0.1/users/1",
    "javascript:alert(1)",
    `${facts.alice}/../1`,
    `${facts.alice}%00`,
    "mailto:alice@here.test",
    "\u202Ealice@here.test",
  ];
  const paths = [
    ...resources.map((resource) => `/.well-known/webfinger?resource=${encodeURIComponent(resource)}`),
    "/.well-known/webfinger",
    "/.well-known/webfinger?resource[]=a&resource[]=b",
    "/.well-known/host-meta?x=%00",
    "/nodeinfo/9.9",
    "/users/0",
    "/users/-1",
    "/users/1e9",
    `/users/${"9".repeat(60)}`,
    "/users/1/followers?page=-1",
    "/users/1/outbox?page=%00",
    "/users/1/outbox?max=abc",
    `${new URL(facts.aliceSecret).pathname}`,
    `/notes/${facts.carolNote}`,
    "/notes/%2e%2e/users",
    "/inbox",
    "/users/1/inbox",
  ];
  return paths.map((path) => ({
    row: "PRV-05 PRV-13 ORI-11",
    who: "nobody" as const,
    method: "GET",
    path,
    headers: { accept: "application/activity+json" },
  }));
}
