import type { RefObject } from 'react';
import { useEffect, useRef } from 'react';

/** A panel that opens takes the focus: at its field where there is a keyboard, else at its heading. */
export function usePanelFocus(fieldId: string | null): RefObject<HTMLHeadingElement | null> {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    const field = fieldId !== null && window.matchMedia('(pointer: fine)').matches ? document.getElementById(fieldId) : null;
    (field ?? heading.current)?.focus({ preventScroll: true });
  }, [fieldId]);
  return heading;
}
