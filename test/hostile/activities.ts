// Activities that a stranger with a key of its own may send: what they say must change nothing here.

import { AS, type Facts, type Json, PUBLIC } from "./scene.ts";

/** A hostile activity, signed by eve's own key. `row`: of docs/threats.md. */
export type HostileActivity = { readonly row: string; readonly activity: Json };

/** All of them, each with an id of its own. */
export function hostileActivities(facts: Facts): readonly HostileActivity[] {
  const listed = [
    ...forgedActors(facts),
    ...othersThings(facts),
    ...updates(facts),
    ...identities(facts),
    ...answers(facts),
    ...aliases(facts),
    ...shapes(facts),
    ...odds(facts),
  ];
  return listed.map(({ row, activity }, index) => ({
    row,
    activity: {
      id: `https://e.test/acts/h${index}`,
      actor: facts.eve,
      to: [PUBLIC],
      ...activity,
    },
  }));
}

/** Everything that people do, in somebody else's name. */
function forgedActors(facts: Facts): readonly HostileActivity[] {
  const VERBS = [
    "Follow",
    "Like",
    "Announce",
    "Delete",
    "Update",
    "Block",
    "Move",
    "Undo",
    "Flag",
    "Accept",
    "Reject",
    "Add",
  ];
  const actors = [facts.vic, facts.alice, "https://e.test/users/mallory", "https://here.test/actor"];
  return actors.flatMap((actor) =>
    VERBS.map((type) => ({ row: "ORI-01 SIG-02", activity: { type, actor, object: facts.aliceNote } })),
  );
}

/** What takes away, agrees or adds, at everything that is not eve's. */
function othersThings(facts: Facts): readonly HostileActivity[] {
  const VERBS = ["Delete", "Undo", "Accept", "Reject", "Remove", "Add", "Leave", "Lock"];
  const targets = [
    facts.vic,
    facts.alice,
    facts.vicNote,
    facts.vicSecret,
    facts.aliceNote,
    facts.aliceSecret,
    facts.vicLike,
    facts.follow,
    `${facts.vic}/followers`,
    `${facts.alice}/featured`,
    `${facts.vic}#main-key`,
    "https://v.test/notes/never-was",
  ];
  return VERBS.flatMap((type) =>
    targets.map((object) => ({
      row: "AUZ-01 AUZ-02 AUZ-07 AUZ-14",
      activity: {
        type,
        object,
        ...(type === "Add" || type === "Remove" ? { target: `${facts.alice}/featured` } : {}),
      },
    })),
  );
}

function updates(facts: Facts): readonly HostileActivity[] {
  const note = (more: Json): Json => ({
    id: facts.vicNote,
    type: "Note",
    attributedTo: facts.vic,
    content: "forged",
    to: [PUBLIC],
    published: "2026-06-01T11:00:00Z",
    updated: "2026-06-01T13:00:00Z",
    ...more,
  });
  const person = (more: Json): Json => ({
    id: facts.vic,
    type: "Person",
    preferredUsername: "vic",
    name: "Forged",
    inbox: "https://e.test/inbox",
    outbox: "https://e.test/outbox",
    ...more,
  });
  const objects: readonly Json[] = [
    note({}),
    note({ attributedTo: facts.eve }),
    note({ attributedTo: [facts.vic, facts.eve] }),
    note({ id: facts.aliceNote, attributedTo: facts.alice }),
    note({ id: facts.aliceSecret, attributedTo: facts.alice }),
    note({ id: facts.vicSecret }),
    note({ id: facts.vicSecret, to: [PUBLIC], attributedTo: facts.eve }),
    note({ id: "https://e.test/notes/own", attributedTo: facts.vic }),
    note({ type: "Question", oneOf: [{ name: "forged" }] }),
    note({ type: "Tombstone" }),
    note({ type: ["Note", "Person"] }),
    note({ actor: facts.eve, attributedTo: undefined }),
    person({}),
    person({ publicKey: { id: `${facts.vic}#main-key`, owner: facts.vic, publicKeyPem: "x" } }),
    person({ id: facts.alice, preferredUsername: "alice" }),
    person({ id: "https://here.test/actor", type: "Application" }),
    person({ type: "Service", movedTo: facts.eve }),
    person({ alsoKnownAs: [facts.eve], movedTo: facts.eve }),
    { id: `${facts.vic}/followers`, type: "OrderedCollection", items: [facts.eve] },
    { id: facts.follow, type: "Follow", actor: facts.alice, object: facts.eve },
  ];
  const embedded = ["Create", "Update"].flatMap((type) =>
    objects.map((object) => ({ row: "AUZ-04 ORI-02", activity: { type, object } })),
  );
  return [
    ...embedded,
    { row: "AUZ-04", activity: { type: "Update", object: [objects[0], objects[1]] } },
    { row: "AUZ-11", activity: { type: "Announce", object: note({ id: "https://v.test/notes/forged" }) } },
    { row: "AUZ-11", activity: { type: "Announce", object: facts.vicSecret } },
    { row: "AUZ-11", activity: { type: "Announce", object: "https://v.test/notes/never-was" } },
    { row: "AUZ-11", activity: { type: "Announce", object: [facts.vicSecret, facts.aliceSecret] } },
    { row: "AUZ-16", activity: { type: "Block", actor: facts.eve, object: facts.vic } },
  ];
}

function identities(facts: Facts): readonly HostileActivity[] {
  const like = { type: "Like", object: facts.aliceNote };
  const ids: readonly unknown[] = [
    null,
    "",
    "javascript:alert(1)",
    "urn:x",
    "/relative",
    `https://e.test/${"x".repeat(3_000)}`,
    "https://e.test/ 1",
    5,
    ["https://e.test/1"],
    { id: "https://e.test/1" },
    "https://v.test/1",
    "http://e.test/1",
    "https://e.test:8443/1",
    "https://x.e.test/1",
    "https://e.test.v.test/1",
    "https://v.test@e.test/1",
    "https://e.test\\@v.test/1",
    "https://here.test/acts/1",
    "//e.test/1",
    "https:e.test/1",
    "data:,x",
    "https://e.test\u0000.v.test/1",
    "https://\u0435.test/1",
  ];
  const actors: readonly unknown[] = [
    [facts.eve, facts.vic],
    [facts.vic, facts.eve],
    { id: facts.vic, type: "Person" },
    { type: "Person" },
    null,
    "",
    7,
    [],
    [[facts.eve]],
    `${facts.eve}/../vic`,
    `${facts.eve}?x=1`,
    "https://v.test@e.test/users/eve",
    "https://e.test/users/eve#other",
    "javascript:alert(1)",
    "https://127.0.0.1/users/eve",
    "https://E.TEST@v.test/users/vic",
  ];
  return [
    ...ids.map((id) => ({ row: "ORI-04 ORI-11", activity: { ...like, id } })),
    ...actors.map((actor) => ({ row: "ORI-05", activity: { ...like, actor } })),
  ];
}

/** Says yes or no to what was never asked, and speaks about what others asked. */
function answers(facts: Facts): readonly HostileActivity[] {
  const follow = (more: Json): Json => ({
    id: facts.follow,
    type: "Follow",
    actor: facts.alice,
    object: facts.vic,
    ...more,
  });
  const objects: readonly unknown[] = [
    follow({}),
    follow({ object: facts.eve }),
    follow({ id: "https://here.test/follows/999", object: facts.eve }),
    follow({ id: undefined, object: facts.eve }),
    follow({ actor: facts.eve, object: facts.alice }),
    { id: facts.vicLike, type: "Like", actor: facts.vic, object: facts.aliceNote },
    { type: "Block", actor: facts.vic, object: facts.alice },
    { type: "Announce", actor: facts.vic, object: facts.aliceNote },
    { type: "QuoteRequest", actor: facts.alice, object: facts.vicNote, instrument: facts.aliceNote },
    [follow({}), follow({ object: facts.eve })],
  ];
  const VERBS = ["Accept", "Reject", "TentativeAccept", "Undo"];
  return [
    ...VERBS.flatMap((type) =>
      objects.map((object) => ({
        row: "AUZ-07 AUZ-19",
        activity: { type, object, result: "https://e.test/stamps/1" },
      })),
    ),
    { row: "AUZ-13", activity: { type: "Move", object: facts.vic, target: facts.eve } },
    { row: "AUZ-13", activity: { type: "Move", object: facts.alice, target: facts.eve } },
    { row: "AUZ-13", activity: { type: "Move", object: facts.eve, target: facts.vic } },
    { row: "AUZ-13", activity: { type: "Move", object: facts.eve, target: facts.eve } },
    { row: "AUZ-13", activity: { type: "Move", object: facts.eve, target: "https://127.0.0.1/users/eve" } },
    { row: "AUZ-13", activity: { type: "Move", object: facts.eve, target: facts.alice } },
  ];
}

/** Contexts that give words another meaning (JLD-04). */
function aliases(facts: Facts): readonly HostileActivity[] {
  const like = { type: "Like", object: facts.aliceNote };
  const contexts: readonly unknown[] = [
    [AS, { kind: "@type", who: { "@id": "as:actor", "@type": "@id" } }],
    [AS, { followers: { "@id": "as:to", "@type": "@id" } }],
    [AS, { to: { "@id": "as:bto", "@type": "@id" } }],
    [AS, { Public: "https://e.test/x" }],
    [AS, { as: "https://e.test/" }],
    [AS, { object: { "@id": "as:target", "@type": "@id" } }],
    [AS, { "@vocab": "https://e.test/" }],
    [AS, { "@base": "https://v.test/" }],
    [AS, { id: "@type", type: "@id" }],
    [AS, { Like: "as:Delete" }],
    [AS, { actor: null }],
    [AS, { actor: { "@reverse": "as:object" } }],
    [AS, { x: { "@id": "as:actor", "@container": "@list" } }],
    [{ "@import": "https://e.test/ctx" }, AS],
    { "@propagate": false, type: "@type" },
    null,
    [],
    "https://e.test/ctx",
    "http://127.0.0.1/ctx",
    "file:///etc/passwd",
    "javascript:alert(1)",
  ];
  return contexts.map((context) => ({
    row: "JLD-04 SSR-01",
    activity: { "@context": context, ...like, actor: facts.vic, kind: "Delete", who: facts.vic },
  }));
}

/** Graphs, blank nodes and keys that belong to programs (JLD-05, JLD-07, JLD-08). */
function shapes(facts: Facts): readonly HostileActivity[] {
  const del = { id: "https://e.test/acts/inner", type: "Delete", actor: facts.vic, object: facts.vicNote };
  const deep = (depth: number): unknown => {
    let value: unknown = facts.vicNote;
    for (let at = 0; at < depth; at++) value = { object: value };
    return value;
  };
  const many: readonly Json[] = [
    { "@graph": [del, del] },
    { "@graph": del, type: "Delete", object: facts.vicNote },
    { "@included": [del], type: "Delete", object: facts.vicNote },
    { "@reverse": { object: del }, type: "Delete", object: facts.vicNote },
    { "@nest": del, type: "Delete", object: facts.vicNote },
    { "@id": facts.vic, type: "Delete", object: facts.vicNote },
    { "@type": "Delete", type: "Like", object: facts.vicNote },
    { type: ["Create", "Delete"], object: facts.vicNote },
    { type: ["Delete", "Undo"], object: facts.vicNote },
    { type: {}, object: facts.vicNote },
    { type: "https://www.w3.org/ns/activitystreams#Delete", object: facts.vicNote },
    { type: "as:Delete", object: facts.vicNote },
    { type: "delete", object: facts.vicNote },
    { type: "Delete\u0000", object: facts.vicNote },
    { type: "Delete", object: deep(33) },
    { type: "Delete", object: deep(400) },
    { type: "Delete", object: Array.from({ length: 5_001 }, () => 1) },
    { type: "Delete", object: Array.from({ length: 1_000 }, () => facts.vicNote) },
    { type: "Delete", object: { id: facts.vicNote, object: { id: facts.vicNote } } },
    JSON.parse(`{"type":"Delete","object":"${facts.vicNote}","__proto__":{"polluted":1}}`) as Json,
    JSON.parse(`{"type":"Delete","object":{"constructor":{"prototype":{"polluted":1}}}}`) as Json,
    { type: "Delete", object: { id: facts.vicNote, toString: 1, valueOf: 1 } },
    { type: "Delete", object: { hasOwnProperty: 1, id: facts.vicNote } },
    { type: "Create", object: { "@list": [facts.vicNote] } },
    { type: "Create", object: { "@value": "x", "@language": "en" } },
  ];
  return many.map((activity) => ({ row: "JLD-01 JLD-05 JLD-07 JLD-08", activity }));
}

/** What no dictionary has, and what has no object that is anybody's. */
function odds(facts: Facts): readonly HostileActivity[] {
  const objects: readonly unknown[] = [
    undefined,
    null,
    "",
    0,
    true,
    [],
    {},
    [null],
    "javascript:alert(1)",
    "file:///etc/passwd",
    "https://127.0.0.1/notes/1",
    "https://[::1]/notes/1",
    "https://169.254.169.254/latest/meta-data",
    "https://localhost/notes/1",
    "https://2130706433/notes/1",
    "https://here.test/notes/999999999",
    "https://here.test/users/999999999",
    "https://here.test/inbox",
    `https://e.test/${"y".repeat(9_000)}`,
    "\u202Ehttps://v.test/notes/1",
  ];
  const VERBS = [
    "Like",
    "Announce",
    "Create",
    "Delete",
    "Undo",
    "Flag",
    "Question",
    "Invite",
    "Listen",
    "Offer",
  ];
  return objects.flatMap((object, index) =>
    [VERBS[index % VERBS.length], VERBS[(index + 3) % VERBS.length]].map((type) => ({
      row: "ORI-04 SSR-01",
      activity: { type, object, target: facts.vic },
    })),
  );
}
