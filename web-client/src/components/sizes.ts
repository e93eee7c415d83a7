const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte'] as const;

/** 48 kB, 1.2 MB, in the person's language. */
export function sizeOf(bytes: number, language: string): string {
  let value = bytes;
  let at = 0;
  while (value >= 1_000 && at < UNITS.length - 1) {
    value /= 1_000;
    at += 1;
  }
  const format = new Intl.NumberFormat(language, { style: 'unit', unit: UNITS[at] ?? 'byte', unitDisplay: 'short', maximumFractionDigits: value < 10 && at > 0 ? 1 : 0 });
  return format.format(value);
}
