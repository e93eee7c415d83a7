/** A small picture of a page, drawn by Excalidraw itself; in the same piece of code as the surface. */
import { exportToCanvas } from '@excalidraw/excalidraw';
import type { ReactElement } from 'react';
import { useEffect, useRef } from 'react';

import type { Drawn } from '@/classroom/board_elements';

interface Export {
  readonly elements: readonly Drawn[];
  readonly files: null;
  readonly appState: { readonly exportBackground: boolean };
  readonly exportPadding: number;
  readonly maxWidthOrHeight: number;
}

// The package's types of this one function point at a package that it does not bring along.
const toCanvas = exportToCanvas as unknown as (what: Export) => Promise<HTMLCanvasElement>;

const SIDE_MAX = 480;

export default function Thumbnail({ elements }: { readonly elements: readonly Drawn[] }): ReactElement {
  const place = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    let over = false;
    void toCanvas({
      elements,
      files: null,
      appState: { exportBackground: false },
      exportPadding: 8,
      maxWidthOrHeight: SIDE_MAX,
    }).then(
      (canvas) => {
        if (!over) place.current?.replaceChildren(canvas);
      },
      () => undefined,
    );
    return () => {
      over = true;
    };
  }, [elements]);
  return <span ref={place} aria-hidden="true" />;
}
