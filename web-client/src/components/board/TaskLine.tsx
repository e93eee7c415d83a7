import { Button } from '@mantine/core';
import type { ReactElement } from 'react';

import type { Surface } from '@/classroom/boards';
import { useOpenTask } from '@/hooks/use_board_facts';
import { useBoarding, useBoards } from '@/hooks/use_boards';
import { useSelfId } from '@/hooks/use_lesson';
import { clockOf, useTimeLeft } from '@/hooks/use_time_left';
import { useText } from '@/i18n/use_text';

import classes from './BoardArea.module.css';

/** What is to be done on the own copy, and for how long. */
export function TaskLine({ surface }: { readonly surface: Surface }): ReactElement | null {
  const { text } = useText();
  const boarding = useBoarding();
  const task = useOpenTask();
  const selfId = useSelfId();
  const aside = useBoards((state) => state.copyAside);
  const left = useTimeLeft(task?.ends_utc ?? null);
  if (task === null) return null;
  const mine = task.copies.some((one) => one.owner_id === selfId);
  return (
    <div className={classes['task']} role="status" data-testid="board-task-line">
      <p className={classes['prompt']}>{task.prompt}</p>
      {left === null ? null : (
        <span className={classes['left']} aria-hidden="true">
          {clockOf(left)}
        </span>
      )}
      {mine && surface.kind !== 'looking' ? (
        <Button size="xs" variant="default" onClick={() => boarding.putAside(!aside)} data-testid="board-aside">
          {aside ? text('board.to_copy') : text('board.to_shown')}
        </Button>
      ) : null}
    </div>
  );
}
