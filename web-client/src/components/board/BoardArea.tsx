import { Button, Loader, Text, useComputedColorScheme } from '@mantine/core';
import type { ReactElement } from 'react';
import { Component, Suspense, useCallback, useState } from 'react';
import type { ReactNode } from 'react';

import type { Surface } from '@/classroom/boards';
import type { SheetView } from '@/hooks/use_board_facts';
import { useBoardPointers, useBoardRights, useDrawnCount, usePageAccess, useSheet } from '@/hooks/use_board_facts';
import { useBoarding, useSurface } from '@/hooks/use_boards';
import { useName } from '@/hooks/use_lesson';
import { useText } from '@/i18n/use_text';

import classes from './BoardArea.module.css';
import { BoardBar } from './BoardBar';
import { Gallery } from './Gallery';
import { Canvas } from './load';
import { TaskLine } from './TaskLine';

/** The board in the middle of the class, when there is one. */
export function BoardArea(): ReactElement | null {
  const surface = useSurface();
  return surface === null ? null : <Board surface={surface} />;
}

function Board({ surface }: { readonly surface: Surface }): ReactElement {
  const { text } = useText();
  const [gallery, setGallery] = useState(false);
  const drawn = useDrawnCount(surface.pageId);
  const sheet = useSheet(surface);
  // A copy that is looked at is reached from the gallery and leads back to it.
  const inGallery = gallery && surface.kind !== 'looking';
  return (
    <section className={classes['area']} aria-label={text('board.title')} data-testid="board" data-kind={surface.kind} data-page={surface.pageId} data-drawn={drawn} data-sheet={sheet.sheet.state}>
      <BoardBar surface={surface} gallery={gallery} onGallery={setGallery} />
      <TaskLine surface={surface} />
      <div className={classes['surface']}>
        {inGallery ? (
          <Gallery />
        ) : (
          <Failsafe words={text('board.failed')} again={text('app.try_again')}>
            <Drawing key={surface.pageId} surface={surface} under={sheet} />
          </Failsafe>
        )}
      </div>
    </section>
  );
}

function Drawing({ surface, under }: { readonly surface: Surface; readonly under: SheetView }): ReactElement {
  const { text, language } = useText();
  const boarding = useBoarding();
  const { draw } = useBoardRights(surface);
  const { page, watch, here, resets } = usePageAccess(surface.pageId);
  const { sheet, again } = under;
  const pointers = useBoardPointers(surface.pageId);
  const dark = useComputedColorScheme('light') === 'dark';
  const owner = useName(surface.ownerId);
  const { pageId, kind } = surface;
  const onPoint = useCallback((at: { readonly x: number; readonly y: number } | null) => boarding.point(pageId, at), [boarding, pageId]);
  if (sheet.state === 'failed') return <Waiting words={text('board.sheet_failed')} action={{ label: text('app.try_again'), run: again }} />;
  if (!here || sheet.state === 'loading') return <Waiting words={text('board.loading')} busy />;
  return (
    <Suspense fallback={<Waiting words={text('board.loading')} busy />}>
      <Canvas
        key={resets}
        page={page}
        watch={watch}
        sheet={sheet.state === 'here' ? sheet.sheet : null}
        pointers={pointers}
        readOnly={!draw}
        dark={dark}
        language={language}
        label={kind === 'looking' ? text('board.copy_of', { name: owner }) : kind === 'copy' ? text('board.own_copy') : text('board.drawing')}
        names={{ menu: text('board.menu'), colours: text('board.colours') }}
        onDrawn={(elements) => boarding.draw(pageId, elements)}
        onPoint={onPoint}
      />
    </Suspense>
  );
}

interface WaitingProps {
  readonly words: string;
  readonly busy?: boolean;
  readonly action?: { readonly label: string; readonly run: () => void };
}

function Waiting({ words, busy = false, action }: WaitingProps): ReactElement {
  return (
    <div className={classes['waiting']} role={busy ? 'status' : 'alert'}>
      {busy ? <Loader size="sm" aria-hidden="true" /> : null}
      <Text size="sm">{words}</Text>
      {action === undefined ? null : (
        <Button size="xs" variant="default" onClick={action.run}>
          {action.label}
        </Button>
      )}
    </div>
  );
}

/** The drawing surface comes over the network and is foreign code: if it fails, the class goes on around it. */
class Failsafe extends Component<{ readonly words: string; readonly again: string; readonly children: ReactNode }, { readonly broken: boolean }> {
  override state = { broken: false };

  static getDerivedStateFromError(): { broken: boolean } {
    return { broken: true };
  }

  override render(): ReactNode {
    const { words, again, children } = this.props;
    return this.state.broken ? <Waiting words={words} action={{ label: again, run: () => location.reload() }} /> : children;
  }
}
