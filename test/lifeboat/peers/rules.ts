// Other servers, as far as they matter when somebody moves: each is one row of a table, and one engine that follows it.
// Used by the tests of test/lifeboat/ and by measurements; nothing of the server imports it.
// This file: the table, as what each software was read to do (docs/lifeboat.md has it in words).

/** How far a linked data signature is believed. */
type Linked =
  /** Not read. */
  | "unread"
  /** When some other actor, whose own HTTP signature holds, brings it (Mastodon). */
  | "carried"
  /** Wherever the HTTP signature is not the actor's own, also when that is no good (Misskey). */
  | "instead"
  /** Before the HTTP signature is looked at (Fedify). */
  | "first";

/** What one software does with what comes in. Times in ms. */
export type PeerRules = {
  /** As its NodeInfo names it. */
  readonly software: string;
  /** Keys are learnt from every profile that is read, or with the first delivery that has to be verified. */
  readonly learnsKeys: "profiles" | "deliveries";
  /** When a key that is known is looked at again because a signature does not fit. */
  readonly refetchesKeys: "at once" | "never" | "when a day old";
  readonly linked: Linked;
  /** The activity's id has to be on the host of whoever vouches for it. */
  readonly idOnHost: boolean;
  /** What it does with a Move; null = does not know the word. */
  readonly move: MoveRules | null;
  /** An Update with the whole actor and `movedTo` is a move as well. */
  readonly movesByUpdate: boolean;
  /** People follow again by themselves when a profile comes back under other keys. */
  readonly followsNewKeys: boolean;
  /** 410 for an actor deletes everything of it, follows included. */
  readonly deletesGone: boolean;
  /** What is answered: to what is taken, to no signature, to one that does not hold, and when the signer is another. */
  readonly statuses: {
    readonly taken: number;
    readonly unsigned: number;
    readonly forged: number;
    readonly stranger: number;
  };
};

export type MoveRules = {
  /**
   * Whether the old actor is read again: not at all; its profile has to say `movedTo` (Misskey, and Pixelfed past all
   * caches); or `object` is dereferenced unless it came embedded (Hollo).
   */
  readonly old: "unread" | "has to say so" | "has to say so, past caches" | "dereferenced";
  /** `object` has to be an id by itself (Akkoma). */
  readonly wantsBareObject: boolean;
  /** The new actor is read now, or taken as it was last seen. */
  readonly home: "fresh" | "as known";
  /** WebFinger of the new actor has to lead back to it. */
  readonly asksWebFinger: boolean;
  readonly wantsAlias: boolean;
  /** A single alias that is no list is not seen. */
  readonly wantsAliasList: boolean;
  readonly refusesMovedHome: boolean;
  /** How long after a move, and after an attempt that failed, no other is looked at; of both actors or the old one. */
  readonly cooldown: number;
  readonly attemptCooldown: number;
  readonly locksHome: boolean;
  /** Follows of the old actor stay. */
  readonly keepsOld: boolean;
};

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

const MOVE: MoveRules = {
  old: "unread",
  wantsBareObject: false,
  home: "fresh",
  asksWebFinger: false,
  wantsAlias: true,
  wantsAliasList: false,
  refusesMovedHome: false,
  cooldown: 0,
  attemptCooldown: 0,
  locksHome: false,
  keepsOld: false,
};

const PEER: PeerRules = {
  software: "",
  learnsKeys: "profiles",
  refetchesKeys: "at once",
  linked: "unread",
  idOnHost: false,
  move: MOVE,
  movesByUpdate: false,
  followsNewKeys: false,
  deletesGone: false,
  statuses: { taken: 202, unsigned: 401, forged: 401, stranger: 202 },
};

/** The rows. */
export const PEER_RULES = {
  mastodon: {
    ...PEER,
    software: "mastodon",
    linked: "carried",
    followsNewKeys: true,
    deletesGone: true,
    move: { ...MOVE, asksWebFinger: true, refusesMovedHome: true, cooldown: 7 * DAY },
  },
  gotosocial: {
    ...PEER,
    software: "gotosocial",
    refetchesKeys: "never",
    move: {
      ...MOVE,
      refusesMovedHome: true,
      cooldown: 7 * DAY,
      attemptCooldown: 5 * MINUTE,
      locksHome: true,
    },
    statuses: { ...PEER.statuses, stranger: 403 },
  },
  misskey: {
    ...PEER,
    software: "misskey",
    refetchesKeys: "never",
    linked: "instead",
    idOnHost: true,
    movesByUpdate: true,
    move: {
      ...MOVE,
      old: "has to say so",
      wantsAliasList: true,
      refusesMovedHome: true,
      cooldown: 14 * DAY,
    },
    // The queue looks at signatures; the door only wants one to be there.
    statuses: { ...PEER.statuses, forged: 202 },
  },
  akkoma: {
    ...PEER,
    software: "akkoma",
    refetchesKeys: "when a day old",
    move: { ...MOVE, wantsBareObject: true, home: "as known" },
    statuses: { taken: 200, unsigned: 401, forged: 400, stranger: 400 },
  },
  bonfire: { ...PEER, software: "bonfire" },
  mitra: {
    ...PEER,
    software: "mitra",
    statuses: { ...PEER.statuses, stranger: 403 },
  },
  pixelfed: {
    ...PEER,
    software: "pixelfed",
    move: { ...MOVE, old: "has to say so, past caches" },
    // Everything waits in a queue first.
    statuses: { taken: 200, unsigned: 400, forged: 200, stranger: 200 },
  },
  hollo: {
    ...PEER,
    software: "hollo",
    learnsKeys: "deliveries",
    linked: "first",
    move: { ...MOVE, old: "dereferenced" },
    statuses: { ...PEER.statuses, stranger: 401 },
  },
  ghost: {
    ...PEER,
    software: "ghost",
    learnsKeys: "deliveries",
    linked: "first",
    statuses: { ...PEER.statuses, stranger: 401 },
  },
  friendica: {
    ...PEER,
    software: "friendica",
    linked: "instead",
    move: { ...MOVE, wantsAlias: false, keepsOld: true },
  },
  lemmy: {
    ...PEER,
    software: "lemmy",
    move: null,
    statuses: { ...PEER.statuses, taken: 200, stranger: 400 },
  },
  peertube: { ...PEER, software: "peertube", move: null, statuses: { ...PEER.statuses, taken: 204 } },
  wordpress: { ...PEER, software: "wordpress", move: null },
} as const satisfies Readonly<Record<string, PeerRules>>;

export type PeerKind = keyof typeof PEER_RULES;
