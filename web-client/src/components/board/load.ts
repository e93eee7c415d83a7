/** Fetches the drawing code when the first board opens, and tells it where its fonts are: with us. */
import { lazy } from 'react';

declare const __EXCALIDRAW_ASSETS__: string;

function atHome(): void {
  (window as { EXCALIDRAW_ASSET_PATH?: string }).EXCALIDRAW_ASSET_PATH = __EXCALIDRAW_ASSETS__;
}

export const Canvas = lazy(() => {
  atHome();
  return import('./Canvas');
});

export const Thumbnail = lazy(() => {
  atHome();
  return import('./Thumbnail');
});
