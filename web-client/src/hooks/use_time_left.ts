import { useEffect, useState } from 'react';

/** Whole seconds until an instant by this device's clock, moving by themselves; null when there is none. */
export function useTimeLeft(endsUtc: string | null): number | null {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (endsUtc === null) return;
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, [endsUtc]);
  if (endsUtc === null) return null;
  const ends = Date.parse(endsUtc);
  return Number.isNaN(ends) ? null : Math.max(0, Math.ceil((ends - now) / 1_000));
}

/** 4:05, 1:00:00. */
export function clockOf(seconds: number): string {
  const [hours, minutes, rest] = [Math.floor(seconds / 3_600), Math.floor((seconds % 3_600) / 60), seconds % 60];
  const two = (value: number): string => String(value).padStart(2, '0');
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}
