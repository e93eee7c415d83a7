/** How long to wait before the next try to connect. */

const FIRST_MS = 400;
/** A class is going on: nobody should wait longer than this for a server that came back. */
export const BACKOFF_MS_MAX = 8_000;

/**
 * `attempt` counts the failures so far. The first try after a loss is immediate but for a little jitter, because most
 * losses are a blip; later ones double and are spread over half of their length, so that 300 clients do not return in step.
 */
export function backoffMs(attempt: number, random: number): number {
  if (attempt <= 0) return Math.round(random * 150);
  const whole = Math.min(BACKOFF_MS_MAX, FIRST_MS * 2 ** Math.min(attempt - 1, 10));
  return Math.round(whole / 2 + (random * whole) / 2);
}
