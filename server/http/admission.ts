// Who is let in when more come than can be served: what is turned away at once costs next to nothing, what waits in a queue that
// only grows costs everybody (threats F14, F29, F30).

/** Deliveries of other servers, which come again; visitors and apps without a token; those who seem to be signed in. */
export type Guest = "delivery" | "visitor" | "member";

/** How many of a kind are served at the same time, and up to which delay of everything in ms. */
export type AdmissionLimits = Readonly<
  Record<Guest, { readonly inFlight: number; readonly delayMs: number }>
>;

/**
 * Deliveries give way first, since no person waits for them and they are sent again; members last: a page of theirs is still
 * answered when nobody else is let in. What is counted is whole requests, so that a slow database fills the places as well.
 */
export const ADMISSION: AdmissionLimits = {
  delivery: { inFlight: 256, delayMs: 300 },
  visitor: { inFlight: 256, delayMs: 600 },
  member: { inFlight: 1_024, delayMs: 3_000 },
};

/** Seconds after which those who were turned away may come again, for `Retry-After`. */
export const AGAIN_SECONDS = { delivery: 30, visitor: 5, member: 2 } as const satisfies Record<Guest, number>;

export type Admission = {
  /** Lets one in; null when there is no place. Call what is answered when the request is over, once. */
  enter(guest: Guest): (() => void) | null;
};

/** `delay`: by how much everything in this process is late now, ms, over the last seconds. */
export function createAdmission(delay: () => number, limits: AdmissionLimits = ADMISSION): Admission {
  const inside: Record<Guest, number> = { delivery: 0, visitor: 0, member: 0 };
  return {
    enter(guest) {
      const { inFlight, delayMs } = limits[guest];
      if (inside[guest] >= inFlight || delay() > delayMs) return null;
      inside[guest]++;
      return () => {
        inside[guest]--;
      };
    },
  };
}

/** True for a request that brings a session or a token; whether it is a good one is seen later. */
export function seemsSignedIn(header: (name: string) => string | null): boolean {
  return header("authorization") !== null || /(?:^|;\s*)(?:__Host-)?session=/.test(header("cookie") ?? "");
}
