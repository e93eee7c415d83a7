/** Time and chance are handed in, so that every test of the protocol runs in no time and repeats exactly. */
export interface Clock {
  /** Milliseconds that only grow; for intervals, never for people. */
  now(): number;
  /** Calls `run` once after `ms`; the returned function cancels it. */
  after(ms: number, run: () => void): () => void;
  /** A number in [0, 1). */
  random(): number;
}

export const browserClock: Clock = {
  now: () => performance.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
  random: () => Math.random(),
};
