/**
 * The drawing surface: Excalidraw, with the class's page under it. Its objects cross here and nowhere else; what they mean
 * is `classroom/board_elements`. A piece of its own that is fetched when the first board opens.
 */
import '@excalidraw/excalidraw/index.css';

import { CaptureUpdateAction, Excalidraw, MainMenu } from '@excalidraw/excalidraw';
import type { AppState, BinaryFileData, Collaborator, ExcalidrawImperativeAPI, ExcalidrawInitialDataState, NormalizedZoomValue, SocketId } from '@excalidraw/excalidraw/types';
import type { ReactElement, RefObject } from 'react';
import { useEffect, useRef, useState } from 'react';

import type { Drawn } from '@/classroom/board_elements';
import type { Sheet } from '@/conductor/sheets';
import type { Looking } from '@/hooks/board_surface';
import { frameOf, lookAtFrame, newerOnPage, SHEET_ID, sheetElement, surfaceFor } from '@/hooks/board_surface';

import classes from './Canvas.module.css';
import { watchNames } from './naming';
import type { CanvasProps } from './types';

type SceneElements = NonNullable<ExcalidrawInitialDataState['elements']>;

// Excalidraw's elements as we store them: plain records whose fields are its own business.
const asScene = (elements: readonly Drawn[]): SceneElements => elements as unknown as SceneElements;
const asDrawn = (elements: readonly object[]): readonly Drawn[] => elements as unknown as readonly Drawn[];

function sheetFile(sheet: Sheet): BinaryFileData {
  return { id: SHEET_ID, dataURL: sheet.dataUrl, mimeType: sheet.mediaType, created: 0 } as unknown as BinaryFileData;
}

/** What the person is in the middle of: it must not change under their hands. */
function busyWith(state: AppState): ReadonlySet<string> {
  const busy = [state.newElement?.id, state.editingTextElement?.id, state.resizingElement?.id, state.multiElement?.id];
  const ids = new Set(busy.filter((id): id is string => typeof id === 'string'));
  if (state.selectedElementsAreBeingDragged) for (const id of Object.keys(state.selectedElementIds)) ids.add(id);
  return ids;
}

/** The whole frame in view, and again when there is more or less room, until the person looks elsewhere. The pen is in the hand. */
function useFrame(api: ExcalidrawImperativeAPI | null, place: RefObject<HTMLDivElement | null>, sheet: Sheet | null): void {
  useEffect(() => {
    const element = place.current;
    if (api === null || element === null) return;
    let last: Looking | null = null;
    const fit = (): void => {
      const { scrollX, scrollY, zoom } = api.getAppState();
      if (last !== null && (last.scrollX !== scrollX || last.scrollY !== scrollY || last.zoom !== zoom.value)) return;
      last = lookAtFrame(frameOf(sheet), { width: element.clientWidth, height: element.clientHeight });
      const look = { scrollX: last.scrollX, scrollY: last.scrollY, zoom: { value: last.zoom as NormalizedZoomValue } };
      api.updateScene({ appState: look, captureUpdate: CaptureUpdateAction.NEVER });
    };
    const observer = new ResizeObserver(fit);
    observer.observe(element);
    return () => observer.disconnect();
  }, [api, place, sheet]);
  useEffect(() => {
    api?.setActiveTool({ type: 'freedraw' });
  }, [api]);
}

/** Excalidraw speaks German and English here, as the page does; others are not in the build. */
const languageOf = (language: string): string => (language === 'de' ? 'de-DE' : 'en');

export default function Canvas(props: CanvasProps): ReactElement {
  const { page, watch, sheet, pointers, readOnly, dark, language, label, onDrawn, onPoint } = props;
  const [api, setApi] = useState<ExcalidrawImperativeAPI | null>(null);
  const [initial] = useState<ExcalidrawInitialDataState>(() => ({
    elements: asScene(surfaceFor(page(), sheet)),
    ...(sheet === null ? {} : { files: { [SHEET_ID]: sheetFile(sheet) } }),
    appState: { currentItemFontFamily: 2, currentItemRoughness: 0, viewBackgroundColor: '#ffffff', currentItemStrokeWidth: 2 },
  }));
  const place = useRef<HTMLDivElement>(null);
  const { menu, colours } = props.names;
  useEffect(() => (place.current === null ? undefined : watchNames(place.current, { menu, colours })), [menu, colours]);
  const latest = useRef(props);
  useEffect(() => {
    latest.current = props;
  });

  useEffect(() => {
    if (api === null) return;
    const bring = (): void => {
      const surface = asDrawn(api.getSceneElementsIncludingDeleted());
      const elements = newerOnPage(surface, latest.current.page(), busyWith(api.getAppState()));
      // Never part of one's own undo: that takes back what one drew oneself.
      if (elements !== null) api.updateScene({ elements: asScene(elements), captureUpdate: CaptureUpdateAction.NEVER });
    };
    bring();
    const stop = watch(bring);
    // What came while the hand was busy is brought when it is free.
    const stopPointer = api.onPointerUp(() => setTimeout(bring, 0));
    return () => {
      stop();
      stopPointer();
    };
  }, [api, watch]);

  useEffect(() => {
    if (api === null || sheet === null) return;
    api.addFiles([sheetFile(sheet)]);
    const surface = asDrawn(api.getSceneElementsIncludingDeleted());
    if (surface.some((one) => one['id'] === SHEET_ID)) return;
    api.updateScene({ elements: asScene([sheetElement(sheet), ...surface]), captureUpdate: CaptureUpdateAction.NEVER });
  }, [api, sheet]);

  useFrame(api, place, sheet);

  useEffect(() => {
    if (api === null) return;
    const others = pointers.map((one): [SocketId, Collaborator] => [
      one.participant_id as SocketId,
      { username: one.name, pointer: { x: one.x, y: one.y, tool: 'pointer' } },
    ]);
    api.updateScene({ collaborators: new Map(others) });
  }, [api, pointers]);

  return (
    <div ref={place} className={classes['canvas']} role="region" aria-label={label} data-own-keys data-testid="board-canvas" data-readonly={readOnly} onPointerLeave={() => onPoint(null)}>
      <Excalidraw
        excalidrawAPI={setApi}
        initialData={initial}
        onChange={(elements) => {
          if (!latest.current.readOnly) onDrawn(asDrawn(elements));
        }}
        onPointerUpdate={({ pointer }) => onPoint(pointer)}
        // Text may be pasted, files and pictures may not: those come as materials, which are looked at first.
        onPaste={(data) => data.files === undefined || Object.keys(data.files).length === 0}
        onLinkOpen={(_, event) => event.preventDefault()}
        validateEmbeddable={false}
        viewModeEnabled={readOnly}
        isCollaborating
        theme={dark ? 'dark' : 'light'}
        langCode={languageOf(language)}
        handleKeyboardGlobally={false}
        detectScroll={false}
        aiEnabled={false}
        UIOptions={{
          canvasActions: { changeViewBackgroundColor: false, clearCanvas: false, export: false, loadScene: false, saveToActiveFile: false, toggleTheme: false, saveAsImage: true },
          tools: { image: false },
        }}
      >
        <MainMenu>
          <MainMenu.DefaultItems.SaveAsImage />
        </MainMenu>
      </Excalidraw>
    </div>
  );
}
