import { NativeSelect, Text, UnstyledButton } from '@mantine/core';
import type { ReactElement } from 'react';
import { Suspense, useState } from 'react';

import { useTasks, useThumbnail } from '@/hooks/use_board_facts';
import { useBoarding } from '@/hooks/use_boards';
import { useName } from '@/hooks/use_lesson';
import { useText } from '@/i18n/use_text';
import type { BoardPage } from '@/protocol/messages.gen';

import classes from './BoardArea.module.css';
import { Thumbnail } from './load';

/** Often enough to see who is stuck; thirty copies are drawn anew each time. */
const LOOK_EVERY_MS = 1_500;

/** Every student's copy of a task, side by side. */
export function Gallery(): ReactElement {
  const { text } = useText();
  const tasks = useTasks();
  const [chosen, setChosen] = useState<string | null>(null);
  const task = tasks.find((one) => one.task_id === chosen) ?? tasks.findLast((one) => one.open) ?? tasks.at(-1);
  if (task === undefined) return <Text p="md">{text('board.no_copies')}</Text>;
  return (
    <div className={classes['gallery']} tabIndex={0} role="region" aria-label={text('board.gallery')} data-scrolls data-testid="board-copies">
      {tasks.length > 1 ? (
        <NativeSelect
          mb="sm"
          label={text('board.which_task')}
          value={task.task_id}
          data={tasks.map((one) => ({ value: one.task_id, label: one.prompt }))}
          onChange={(event) => setChosen(event.currentTarget.value)}
        />
      ) : null}
      {task.copies.length === 0 ? <Text size="sm">{text('board.no_copies')}</Text> : null}
      <ul className={classes['copies']}>
        {task.copies.map((copy) => (
          <Copy key={copy.page_id} copy={copy} />
        ))}
      </ul>
    </div>
  );
}

function Copy({ copy }: { readonly copy: BoardPage }): ReactElement {
  const { text } = useText();
  const boarding = useBoarding();
  const name = useName(copy.owner_id);
  const drawn = useThumbnail(copy.page_id, LOOK_EVERY_MS);
  return (
    <li>
      <UnstyledButton
        className={classes['copy']}
        data-testid="board-copy"
        data-owner={name}
        data-drawn={drawn?.length ?? 0}
        onClick={() => boarding.look(copy.page_id)}
      >
        <span className={classes['thumb']}>
          {drawn === null ? text('board.loading') : drawn.length === 0 ? text('board.copy_empty') : null}
          {drawn === null || drawn.length === 0 ? null : (
            <Suspense fallback={null}>
              <Thumbnail elements={drawn} />
            </Suspense>
          )}
        </span>
        <span className={classes['owner']}>{name}</span>
      </UnstyledButton>
    </li>
  );
}
