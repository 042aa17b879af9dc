// What other servers answer when somebody here looks something up, and what somebody here may look up: addresses that
// lead inside, documents about other people, redirects, and bytes that are something else.

import { AS, type Facts, type Json, PUBLIC } from "./scene.ts";

/** A document (or any answer) at an address of e.test that bob then looks up. */
export type HostileAnswer = {
  readonly row: string;
  readonly path: string;
  readonly document?: Json;
  /** Instead of a document. */
  readonly status?: number;
  readonly type?: string;
  readonly location?: string;
  readonly text?: string;
};

/** Words that bob types into the search. */
export function hostileLookUps(): readonly string[] {
  const hosts = [
    "127.0.0.1",
    "localhost",
    "[::1]",
    "0.0.0.0",
    "[::]",
    "127.1",
    "0x7f.1",
    "2130706433",
    "0177.0.0.1",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "198.18.0.1",
    "192.0.0.8",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "[::ffff:127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]",
    "[fe80::1]",
    "[fc00::1]",
    "[ff02::1]",
    "\uFF11\uFF12\uFF17.0.0.1",
    "127\u30020\u30020\u30021",
    "printer.local",
    "metadata.google.internal",
    "router.home.arpa",
    "hidden.onion",
    "rebound.example",
    "127.0.0.1.",
  ];
  const forms = [
    "http://e.test/notes/1",
    "https://e.test:22/notes/1",
    "https://e.test:25/notes/1",
    "https://e.test:5432/notes/1",
    "https://e.test:6379/notes/1",
    "https://e.test:11211/notes/1",
    "https://e.test:0/notes/1",
    "https://e.test:65536/notes/1",
    "https://u:p@127.0.0.1/",
    "https://e.test@127.0.0.1/",
    "https://127.0.0.1#@e.test/",
    "https://e.test\\@127.0.0.1/",
    "https://127.0.0.1\t.e.test/",
    "file:///etc/passwd",
    "gopher://127.0.0.1/x",
    "ftp://127.0.0.1/x",
    "data:application/activity+json,{}",
    "javascript:alert(1)",
    "//127.0.0.1/x",
    "https:127.0.0.1",
    `https://e.test/${"x".repeat(9_000)}`,
    "@x@127.0.0.1",
    "@x@[::1]",
    "@x@localhost",
    "@x@e.test:22",
    "@x@e.test/../127.0.0.1",
    "@x@e.test#127.0.0.1",
    "@x@169.254.169.254",
    "@x@2130706433",
    "@eve@here.test@127.0.0.1",
    "acct:x@127.0.0.1",
    "@../x@e.test",
    "@x@rebound.example",
    "@x@\u202Etset.e",
  ];
  return [...hosts.map((host) => `https://${host}/users/x`), ...forms];
}

/** All answers of e.test; each at a path of its own. */
export function hostileAnswers(facts: Facts): readonly HostileAnswer[] {
  return [...notes(facts), ...actors(facts), ...wire(facts)].map((answer, index) => ({
    ...answer,
    path: answer.path.replace("*", `h${index}`),
    ...(answer.document === undefined
      ? {}
      : { document: JSON.parse(JSON.stringify(answer.document).replaceAll("/*", `/h${index}`)) as Json }),
  }));
}

function notes(facts: Facts): readonly HostileAnswer[] {
  const note = (more: Json): Json => ({
    "@context": AS,
    id: "https://e.test/notes/*",
    type: "Note",
    attributedTo: facts.eve,
    content: "<p>forged</p>",
    to: [PUBLIC],
    published: "2026-06-01T11:00:00Z",
    ...more,
  });
  const documents: readonly Json[] = [
    note({ attributedTo: facts.vic }),
    note({ attributedTo: facts.alice }),
    note({ attributedTo: undefined }),
    note({ attributedTo: "https://127.0.0.1/users/x" }),
    note({ attributedTo: "https://e.test/users/nobody" }),
    note({ attributedTo: { id: facts.vic, type: "Person" } }),
    note({ id: facts.vicNote, attributedTo: facts.vic }),
    note({ id: facts.vicSecret, attributedTo: facts.vic }),
    note({ id: facts.aliceNote, attributedTo: facts.alice }),
    note({ id: "https://here.test/notes/1" }),
    note({ id: "https://127.0.0.1/notes/1" }),
    note({ id: undefined }),
    note({ id: "javascript:alert(1)" }),
    note({ type: "Delete", actor: facts.vic, object: facts.vicNote }),
    note({ type: "Create", actor: facts.vic, object: note({ id: facts.vicNote, attributedTo: facts.vic }) }),
    note({ type: "Banana" }),
    note({ type: undefined }),
    note({ "@graph": [note({})] }),
    note({ "@context": [AS, { content: "as:summary" }] }),
    note({ content: undefined, attributedTo: facts.vic, "@reverse": {} }),
  ];
  return documents.map((document) => ({ row: "ORI-02 ORI-04 AUZ-04", path: "/notes/*", document }));
}

function actors(facts: Facts): readonly HostileAnswer[] {
  const actor = (more: Json): Json => ({
    "@context": [AS, "https://w3id.org/security/v1"],
    id: "https://e.test/users/*",
    type: "Person",
    preferredUsername: "mallory",
    inbox: "https://e.test/users/*/inbox",
    outbox: "https://e.test/users/*/outbox",
    ...more,
  });
  const documents: readonly Json[] = [
    actor({ id: facts.vic }),
    actor({ id: facts.alice }),
    actor({ id: "https://here.test/actor" }),
    actor({ id: "https://127.0.0.1/users/x" }),
    actor({ id: undefined }),
    actor({ inbox: undefined }),
    actor({ inbox: "https://here.test/inbox" }),
    actor({ inbox: "https://127.0.0.1/inbox" }),
    actor({ inbox: "https://third.test/inbox" }),
    actor({ inbox: "javascript:alert(1)" }),
    actor({ inbox: "https://e.test:25/inbox" }),
    actor({ inbox: "http://e.test/inbox" }),
    actor({ type: "Note" }),
    actor({ type: "OrderedCollection" }),
    actor({ preferredUsername: "" }),
    actor({ "@graph": [actor({ id: facts.vic })] }),
  ];
  return documents.map((document) => ({ row: "ORI-05 ORI-10 ORI-13", path: "/users/*", document }));
}

/** Status lines, media types, redirects and bytes. */
function wire(facts: Facts): readonly HostileAnswer[] {
  const text = JSON.stringify({
    "@context": AS,
    id: "https://e.test/notes/*",
    type: "Note",
    attributedTo: facts.eve,
    content: "x",
    to: [PUBLIC],
  });
  const types = [
    "text/html",
    "image/png",
    "application/json",
    "application/octet-stream",
    "text/plain",
    "application/xml",
    "",
  ];
  const redirects = [
    "https://127.0.0.1/notes/1",
    "http://e.test/notes/1",
    "https://[::1]/notes/1",
    "https://169.254.169.254/latest/meta-data",
    "file:///etc/passwd",
    "gopher://127.0.0.1/x",
    "javascript:alert(1)",
    "//localhost/x",
    "https://u:p@e.test/notes/1",
    "https://e.test:6379/x",
    "https://here.test/inbox",
    "/loop",
    "https://rebound.example/x",
    "https://e.test\\@127.0.0.1/",
    `https://e.test/${"x".repeat(9_000)}`,
    facts.vic,
  ];
  const pages = [
    '<link rel="alternate" type="application/activity+json" href="https://127.0.0.1/notes/1">',
    '<link rel="alternate" type="application/activity+json" href="file:///etc/passwd">',
    '<link rel="alternate" type="application/activity+json" href="http://e.test/notes/1">',
    `<link rel="alternate" type="application/activity+json" href="/notes/*">`.repeat(500),
    `<a href=${"<".repeat(50_000)}`,
    "<link ".repeat(20_000),
  ];
  const bytes = [
    "",
    "{",
    "[]",
    "null",
    "\u0000",
    `{"a":${"[".repeat(5_000)}`,
    "{}",
    '{"@context":[]}',
    "x".repeat(2_000_000),
  ];
  const row = "ORI-07 SSR-05 DOS-05 DOS-10";
  return [
    ...types.map((type) => ({ row, path: "/notes/*", type, text: text.replaceAll("/*", "/typed") })),
    ...redirects.map((location) => ({ row, path: "/notes/*", status: 302, location })),
    ...pages.map((page) => ({ row, path: "/notes/*", type: "text/html", text: page })),
    ...bytes.map((body) => ({ row, path: "/notes/*", type: "application/activity+json", text: body })),
    ...[500, 503, 204, 206, 304, 401, 451].map((status) => ({
      row,
      path: "/notes/*",
      status,
      type: "application/activity+json",
      ...(status === 204 || status === 304 ? {} : { text: "{}" }),
    })),
  ];
}
