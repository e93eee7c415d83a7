import { useEffect, useRef } from 'react';

export type Shortcut = 'm' | 'v' | 's' | 'p' | 'l' | '?' | 'next' | 'previous';

const KEYS: Readonly<Record<string, Shortcut>> = {
  m: 'm',
  v: 'v',
  s: 's',
  p: 'p',
  l: 'l',
  '?': '?',
  ArrowRight: 'next',
  PageDown: 'next',
  ArrowLeft: 'previous',
  PageUp: 'previous',
};

/** Where a key has a meaning of its own: typing, and widgets that are moved through by arrows. */
const TAKEN = 'input, textarea, select, [contenteditable="true"], [role="listbox"], [role="menu"], [role="radiogroup"], [role="slider"], [role="dialog"]';

export function shortcutOf(event: {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly altKey: boolean;
  readonly metaKey: boolean;
}): Shortcut | null {
  if (event.ctrlKey || event.altKey || event.metaKey) return null;
  return KEYS[event.key.length === 1 ? event.key.toLowerCase() : event.key] ?? null;
}

/** Single keys for the room. Not while typing, not inside a dialog, and not when the person switched them off. */
export function useShortcuts(on: boolean, run: (shortcut: Shortcut) => void): void {
  const latest = useRef(run);
  useEffect(() => {
    latest.current = run;
  }, [run]);
  useEffect(() => {
    if (!on) return;
    const pressed = (event: KeyboardEvent): void => {
      const shortcut = event.repeat ? null : shortcutOf(event);
      const target = event.target instanceof Element ? event.target : null;
      if (shortcut === null || target?.closest(TAKEN) != null) return;
      if (document.querySelector('[role="dialog"][aria-modal="true"]') !== null) return;
      // A focused list scrolls by its own keys.
      if ((shortcut === 'next' || shortcut === 'previous') && target?.closest('[data-scrolls]') != null) return;
      event.preventDefault();
      latest.current(shortcut);
    };
    window.addEventListener('keydown', pressed);
    return () => window.removeEventListener('keydown', pressed);
  }, [on]);
}
