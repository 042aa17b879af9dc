const DAY = 24 * 60 * 60_000;

/**
 * How long an actor stays where it moved to: ours for 30 days, as Mastodon has it; for others 7 days are believed, as
 * GoToSocial does, so that nobody's followers are sent around. A move that fails counts for nothing.
 */
export const MOVE_COOLDOWN_MS = { ours: 30 * DAY, theirs: 7 * DAY } as const;

/** When an actor may move again, ms; null when it may now. */
export function movesAgainAt(
  movedAt: number | null,
  now: number,
  whose: keyof typeof MOVE_COOLDOWN_MS,
): number | null {
  const at = movedAt === null ? 0 : movedAt + MOVE_COOLDOWN_MS[whose];
  return at > now ? at : null;
}
