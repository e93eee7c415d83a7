/** Date and times of a class in the person's own zone and language. */
export function whenOf(startsUtc: string, endsUtc: string, language: string): { date: string; start: string; end: string } {
  const [starts, ends] = [new Date(startsUtc), new Date(endsUtc)];
  if (Number.isNaN(starts.getTime()) || Number.isNaN(ends.getTime())) return { date: '', start: '', end: '' };
  const date = new Intl.DateTimeFormat(language, { weekday: 'long', day: 'numeric', month: 'long' });
  const time = new Intl.DateTimeFormat(language, { hour: '2-digit', minute: '2-digit' });
  // A class over midnight, or a room that stays open for days: the end needs its day too.
  const sameDay = starts.toDateString() === ends.toDateString();
  const end = sameDay ? time.format(ends) : `${date.format(ends)}, ${time.format(ends)}`;
  return { date: date.format(starts), start: time.format(starts), end };
}
