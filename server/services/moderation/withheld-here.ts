import { AsyncLocalStorage } from "node:async_hooks";
import type { ActorView } from "../../domain/actor.ts";
import type { NoteView } from "../../domain/note.ts";
import { type Withheld, withheldFor } from "../../domain/withholding.ts";
import { fromJson } from "../../store/codec.ts";

// From which country somebody reads, for the time of one request, and what views leave out because of it. A request that says
// nothing of this, a job and whatever is served to other servers read from nowhere: nothing is withheld from them.

/** One request: its country, and whether anything that it read is withheld somewhere (then no cache may share the answer). */
export type Reading = { readonly country: string | null; met: boolean };

const reading = new AsyncLocalStorage<Reading>();

/** Does the work of a request from a country; null = unknown. `reading.met` says afterwards what came up. */
export async function readingFrom<T>(from: Reading, work: () => Promise<T>): Promise<T> {
  return await reading.run(from, work);
}

/** Draws for somebody who is in no country: what is one's own, and what many will see. */
export function fromNowhere<T>(work: () => T): T {
  return reading.run({ country: null, met: false }, work);
}

/** The country of the reader; null when it is not known. */
export function countryOfReader(): string | null {
  return reading.getStore()?.country ?? null;
}

/** What several demands say for whoever reads; null for nearly everything. */
function withheldHere(lists: readonly (readonly string[])[]): Withheld | null {
  const found = withheldFor(lists, countryOfReader());
  const store = reading.getStore();
  if (found !== null && store !== undefined) store.met = true;
  return found;
}

function countriesIn(column: string | null): readonly string[] {
  return fromJson<readonly string[]>(column, []);
}

/** A note as it is seen where it is withheld: who wrote it and when, and nothing of what it says. */
export function blankNote(note: NoteView, withheld: Withheld): NoteView {
  return {
    ...note,
    withheld,
    kind: "Note",
    title: null,
    emojis: [],
    poll: null,
    event: null,
    summary: null,
    contentHtml: "",
    contentMap: {},
    sensitive: false,
    language: null,
    attachments: [],
    tags: [],
    mentions: [],
    card: null,
    quote: null,
    filtered: null,
  };
}

/** The note as whoever reads may see it; its author always sees what is theirs. */
export function noteSeenHere(note: NoteView, column: string | null): NoteView {
  // Hardly anything is withheld anywhere, and this is asked for each note of each page.
  if (column === null && note.author.withheld === undefined) return note;
  const withheld = withheldHere([countriesIn(column), note.author.withheld?.countries ?? []]);
  if (withheld === null) return note;
  return withheld.isHere && !note.viewer.mine
    ? blankNote(note, withheld)
    : { ...note, withheld: { ...withheld, isHere: false } };
}

/** A person as whoever reads may see them: where they are withheld, their name in the network and nothing they say. */
export function actorSeenHere(actor: ActorView, column: string | null): ActorView {
  if (column === null) return actor;
  const withheld = withheldHere([countriesIn(column)]);
  if (withheld === null) return actor;
  return withheld.isHere ? blankActor(actor, withheld) : { ...actor, withheld };
}

function blankActor(actor: ActorView, withheld: Withheld): ActorView {
  return {
    ...actor,
    withheld,
    name: actor.username,
    bioHtml: "",
    fields: [],
    avatarUrl: null,
    headerUrl: null,
    emojis: [],
    indexable: false,
  };
}

/** What was drawn for everybody at once, such as an event of a stream, as one reader sees it. */
export function noteSeenFrom(note: NoteView, country: string | null): NoteView {
  const { withheld, quote } = note;
  if (country === null) return note;
  if (withheld === undefined || note.viewer.mine || !withheld.countries.includes(country)) {
    // What it quotes may be withheld where it is not itself.
    const quoted = quote === null || quote.note === null ? null : noteSeenFrom(quote.note, country);
    return quote === null || quoted === quote.note ? note : { ...note, quote: { ...quote, note: quoted } };
  }
  const here: Withheld = { ...withheld, isHere: true };
  const { author } = note;
  const isAuthorToo = author.withheld?.countries.includes(country) === true;
  return { ...blankNote(note, here), author: isAuthorToo ? blankActor(author, here) : author };
}
