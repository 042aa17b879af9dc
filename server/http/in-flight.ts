// How many outgoing requests run at once: few for each host, many in all, the rest waits in a bounded queue.

export type InFlightLimits = {
  readonly perHost: number;
  readonly total: number;
  readonly waitingPerHost: number;
  readonly waiting: number;
};

/** Gives back the place that was taken; calling it twice does no harm. */
export type Release = () => void;

export type InFlight = {
  /**
   * Waits for a place. `"busy"` when too many wait already, `"aborted"` when the signal fired first.
   */
  enter(host: string, signal: AbortSignal): Promise<Release | "busy" | "aborted">;
};

type Waiter = { readonly host: string; readonly admit: () => void };

/**
 * A slow or dead host pins at most its own few places, so that it cannot stop deliveries to the others.
 */
export function createInFlight(limits: InFlightLimits): InFlight {
  const running = new Map<string, number>();
  const waiters = new Set<Waiter>();
  let total = 0;

  const isFree = (host: string) => total < limits.total && (running.get(host) ?? 0) < limits.perHost;
  const waitingFor = (host: string) => [...waiters].filter((waiter) => waiter.host === host).length;

  function occupy(host: string): Release {
    total++;
    running.set(host, (running.get(host) ?? 0) + 1);
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      total--;
      const left = (running.get(host) ?? 1) - 1;
      if (left === 0) running.delete(host);
      else running.set(host, left);
      admitNext();
    };
  }

  function admitNext(): void {
    for (const waiter of waiters) {
      if (total >= limits.total) return;
      if (isFree(waiter.host)) waiter.admit();
    }
  }

  return {
    enter(host, signal) {
      if (signal.aborted) return Promise.resolve("aborted");
      if (isFree(host)) return Promise.resolve(occupy(host));
      if (waiters.size >= limits.waiting || waitingFor(host) >= limits.waitingPerHost) {
        return Promise.resolve("busy");
      }
      return new Promise((resolve) => {
        const leave = () => {
          waiters.delete(waiter);
          resolve("aborted");
        };
        const waiter: Waiter = {
          host,
          admit: () => {
            waiters.delete(waiter);
            signal.removeEventListener("abort", leave);
            resolve(occupy(host));
          },
        };
        waiters.add(waiter);
        signal.addEventListener("abort", leave, { once: true });
      });
    },
  };
}
