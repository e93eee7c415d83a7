import { ActionIcon, Tooltip } from '@mantine/core';
import type { ReactElement } from 'react';
import { useEffect, useRef } from 'react';

import type { Scene } from '@/classroom/scene';
import { useText } from '@/i18n/use_text';

import { Icon } from './icons';
import { LiveTile } from './LiveTile';
import classes from './Stage.module.css';

export interface StageProps {
  readonly scene: Scene;
  readonly onBox: (size: { width: number; height: number }) => void;
  readonly onPage: (page: number) => void;
}

/** The pictures of the class: a grid, or one large with a strip of the others. */
export function Stage({ scene, onBox, onPage }: StageProps): ReactElement {
  const { text } = useText();
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const measure = (): void => onBox({ width: element.clientWidth, height: element.clientHeight });
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    measure();
    return () => observer.disconnect();
  }, [onBox]);
  return (
    <section className={classes['stage']} aria-label={text('room.stage')}>
      <div ref={box} className={classes['box']}>
        {scene.stage === null ? <Grid scene={scene} /> : <Large scene={scene} />}
      </div>
      {scene.pages > 1 ? <Pages page={scene.page} pages={scene.pages} onPage={onPage} /> : null}
    </section>
  );
}

function Grid({ scene }: { readonly scene: Scene }): ReactElement {
  return (
    <div
      className={classes['grid']}
      style={{ gridTemplateColumns: `repeat(${scene.shape.columns}, ${scene.shape.tile.width}px)` }}
      data-testid="grid"
    >
      {scene.tiles.map((tile) => (
        <LiveTile key={tile.key} spec={tile} />
      ))}
    </div>
  );
}

function Large({ scene }: { readonly scene: Scene }): ReactElement {
  const { text } = useText();
  const large = useRef<HTMLDivElement>(null);
  return (
    <div className={classes['large']} data-strip={scene.strip} data-testid="speaker-view">
      <div ref={large} className={classes['main']}>
        {scene.stage === null ? null : <LiveTile key={scene.stage.key} spec={scene.stage} />}
        {scene.stage?.source === 'screen' && document.fullscreenEnabled ? (
          <Tooltip label={text('room.fullscreen')}>
            <ActionIcon
              className={classes['fullscreen']}
              variant="filled"
              color="dark"
              size="lg"
              aria-label={text('room.fullscreen')}
              onClick={() => void large.current?.requestFullscreen().catch(() => undefined)}
            >
              <Icon name="fullscreen" />
            </ActionIcon>
          </Tooltip>
        ) : null}
      </div>
      {scene.tiles.length === 0 ? null : (
        <div className={classes['strip']}>
          {scene.tiles.map((tile) => (
            <LiveTile key={tile.key} spec={tile} />
          ))}
        </div>
      )}
    </div>
  );
}

interface PagesProps {
  readonly page: number;
  readonly pages: number;
  readonly onPage: (page: number) => void;
}

function Pages({ page, pages, onPage }: PagesProps): ReactElement {
  const { text } = useText();
  return (
    <nav className={classes['pages']} aria-label={text('room.page', { page: page + 1, pages })}>
      <ActionIcon
        variant="default"
        size="lg"
        radius="xl"
        disabled={page === 0}
        aria-label={text('room.previous_page')}
        data-testid="prev-page"
        onClick={() => onPage(page - 1)}
      >
        <Icon name="previous" />
      </ActionIcon>
      <span data-testid="page-number">{text('room.page', { page: page + 1, pages })}</span>
      <ActionIcon
        variant="default"
        size="lg"
        radius="xl"
        disabled={page >= pages - 1}
        aria-label={text('room.next_page')}
        data-testid="next-page"
        onClick={() => onPage(page + 1)}
      >
        <Icon name="next" />
      </ActionIcon>
    </nav>
  );
}
