/** Date and times of a class in the person's own zone and language. */
export function whenOf(startsUtc: string, endsUtc: string, language: string): { date: string; start: string; end: string } {
  const [starts, ends] = [new Date(startsUtc), new Date(endsUtc)];
  if (Number.isNaN(starts.getTime()) || Number.isNaN(ends.getTime())) return { date: '', start: '', end: '' };
  const date = new Intl.DateTimeFormat(language, { weekday: 'long', day: 'numeric', month: 'long' });
  const time = new Intl.DateTimeFormat(language, { hour: '2-digit', minute: '2-digit' });
  return { date: date.format(starts), start: time.format(starts), end: time.format(ends) };
}
