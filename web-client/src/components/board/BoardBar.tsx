import { ActionIcon, Button, Tooltip } from '@mantine/core';
import type { ReactElement } from 'react';
import { useState } from 'react';

import type { Surface } from '@/classroom/boards';
import { useBoardRights, useMayGiveTasks, useOpenTask, useTasks } from '@/hooks/use_board_facts';
import { useBoarding } from '@/hooks/use_boards';
import { useConnected, useName } from '@/hooks/use_lesson';
import { useMaterialName } from '@/hooks/use_materials';
import { useText } from '@/i18n/use_text';

import type { IconName } from '../icons';
import { Icon } from '../icons';
import classes from './BoardArea.module.css';
import { TaskDialog } from './TaskDialog';

export interface BoardBarProps {
  readonly surface: Surface;
  readonly gallery: boolean;
  readonly onGallery: (open: boolean) => void;
}

/** Which page this is, and for those who run the board all that can be done with it. */
export function BoardBar({ surface, gallery, onGallery }: BoardBarProps): ReactElement {
  const { text } = useText();
  const boarding = useBoarding();
  const { run } = useBoardRights(surface);
  const title = useTitle(surface, gallery);
  if (surface.kind === 'looking') {
    return (
      <div className={classes['bar']}>
        <h2>{title}</h2>
        <Button size="xs" variant="default" onClick={() => boarding.look(null)} data-testid="board-back">
          {text('board.to_gallery')}
        </Button>
      </div>
    );
  }
  return (
    <div className={classes['bar']}>
      <h2>{title}</h2>
      {gallery || surface.kind === 'copy' ? null : <Pages surface={surface} run={run} />}
      <Tasks surface={surface} gallery={gallery} onGallery={onGallery} />
      {run && surface.kind === 'shown' && !gallery ? (
        <Tool icon="close" label={text('board.close')} testId="board-close" onPress={() => void boarding.close(surface.board.board_id)} />
      ) : null}
    </div>
  );
}

function useTitle(surface: Surface, gallery: boolean): string {
  const { text } = useText();
  const owner = useName(surface.ownerId);
  const material = useMaterialName(surface.board.material_id);
  if (surface.kind === 'looking') return text('board.copy_of', { name: owner });
  if (gallery) return text('board.gallery');
  if (surface.kind === 'copy') return text('board.own_copy');
  return material ?? text('board.title');
}

function Pages({ surface, run }: { readonly surface: Surface; readonly run: boolean }): ReactElement | null {
  const { text } = useText();
  const boarding = useBoarding();
  const connected = useConnected();
  const { board } = surface;
  const at = board.pages.findIndex((one) => one.page_id === surface.pageId);
  const turn = (to: number): void => {
    const page = board.pages[to];
    if (page !== undefined) void boarding.showPage(page.page_id);
  };
  if (board.pages.length < 2 && !run) return null;
  return (
    <div className={classes['pages']} role="group" aria-label={text('board.pages')}>
      {run && board.pages.length > 1 ? (
        <Tool icon="previous" label={text('board.previous')} testId="board-previous" disabled={!connected || at <= 0} onPress={() => turn(at - 1)} />
      ) : null}
      <span data-testid="board-page">{text('room.page', { page: at + 1, pages: board.pages.length })}</span>
      {run && board.pages.length > 1 ? (
        <Tool icon="next" label={text('board.next')} testId="board-next" disabled={!connected || at >= board.pages.length - 1} onPress={() => turn(at + 1)} />
      ) : null}
      {run && board.kind === 'blank' ? (
        <Tool icon="plus" label={text('board.add_page')} testId="board-add-page" disabled={!connected} onPress={() => void boarding.addPage(board.board_id)} />
      ) : null}
    </div>
  );
}

function Tasks({ surface, gallery, onGallery }: BoardBarProps): ReactElement | null {
  const { text } = useText();
  const boarding = useBoarding();
  const may = useMayGiveTasks();
  const task = useOpenTask();
  const any = useTasks().length > 0;
  const [asking, setAsking] = useState(false);
  if (!may) return null;
  return (
    <>
      {any ? (
        <Button size="xs" variant={gallery ? 'filled' : 'default'} aria-pressed={gallery} onClick={() => onGallery(!gallery)} data-testid="board-gallery">
          {text('board.gallery')}
        </Button>
      ) : null}
      {task === null ? (
        <Button size="xs" variant="default" onClick={() => setAsking(true)} data-testid="board-task">
          {text('board.task')}
        </Button>
      ) : (
        <Button size="xs" variant="default" onClick={() => void boarding.endTask(task.task_id)} data-testid="board-task-end">
          {text('board.task_end')}
        </Button>
      )}
      <TaskDialog
        opened={asking}
        onClose={() => setAsking(false)}
        onStart={async (prompt, seconds) => {
          if (!(await boarding.startTask(surface.pageId, prompt, seconds))) return false;
          onGallery(true);
          return true;
        }}
      />
    </>
  );
}

interface ToolProps {
  readonly icon: IconName;
  readonly label: string;
  readonly testId: string;
  readonly disabled?: boolean;
  readonly onPress: () => void;
}

function Tool({ icon, label, testId, disabled = false, onPress }: ToolProps): ReactElement {
  return (
    <Tooltip label={label} openDelay={400} events={{ hover: true, focus: true, touch: false }}>
      <ActionIcon variant="default" size="lg" aria-label={label} data-testid={testId} disabled={disabled} onClick={onPress}>
        <Icon name={icon} size={18} />
      </ActionIcon>
    </Tooltip>
  );
}
