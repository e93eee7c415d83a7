import type { ReactElement } from 'react';

import classes from './Avatar.module.css';

/** The first letters of a name: of the first and last word, whatever the script. */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/).filter(Boolean);
  const first = firstLetter(words[0] ?? '?');
  const last = words.length > 1 ? firstLetter(words.at(-1) ?? '') : '';
  return (first + last).toLocaleUpperCase();
}

/** A letter as a person sees it: with its accents and joined marks. */
function firstLetter(word: string): string {
  for (const { segment } of new Intl.Segmenter().segment(word)) return segment;
  return '';
}

/** The same name has the same colour everywhere; all of them carry white text at 4.5:1. */
const COLOURS = 8;

function colourOf(name: string): number {
  let sum = 0;
  for (const letter of name) sum = (sum * 31 + (letter.codePointAt(0) ?? 0)) >>> 0;
  return sum % COLOURS;
}

export function Avatar({ name }: { readonly name: string }): ReactElement {
  return (
    <span className={classes['avatar']} data-colour={colourOf(name)} aria-hidden="true">
      {initials(name)}
    </span>
  );
}
