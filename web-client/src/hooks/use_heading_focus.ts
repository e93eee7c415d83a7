import type { RefObject } from 'react';
import { useEffect, useRef } from 'react';

/** A new screen begins at its heading, for those who hear it and for those who tab. */
export function useHeadingFocus(): RefObject<HTMLHeadingElement | null> {
  const ref = useRef<HTMLHeadingElement>(null);
  useEffect(() => ref.current?.focus({ preventScroll: true }), []);
  return ref;
}
