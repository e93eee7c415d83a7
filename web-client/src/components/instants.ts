/** Instants for people, in their own zone and language. */

function shown(utc: string, language: string, format: Intl.DateTimeFormatOptions): string {
  const at = new Date(utc);
  return Number.isNaN(at.getTime()) ? '' : new Intl.DateTimeFormat(language, format).format(at);
}

/** Thursday, 5 March, 10:10 */
export const instantOf = (utc: string, language: string): string => shown(utc, language, { weekday: 'long', day: 'numeric', month: 'long', hour: '2-digit', minute: '2-digit' });

/** Thursday, 5 March */
export const dayOf = (utc: string, language: string): string => shown(utc, language, { weekday: 'long', day: 'numeric', month: 'long' });

/** 10:10 */
export const timeOf = (utc: string, language: string): string => shown(utc, language, { hour: '2-digit', minute: '2-digit' });

/** 10:10:05; a table has no room for more. */
export const secondOf = (utc: string, language: string): string => shown(utc, language, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
