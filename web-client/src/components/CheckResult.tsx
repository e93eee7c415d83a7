import { Button, Menu } from '@mantine/core';
import type { ReactElement } from 'react';

import { useCheckResult } from '@/hooks/use_check_result';
import { useLessonVerbs } from '@/hooks/use_lesson';
import { useMaterialList } from '@/hooks/use_materials';
import { saveFile } from '@/hooks/save_file';
import { useText } from '@/i18n/use_text';
import type { Check } from '@/protocol/messages.gen';

import { CheckTimer } from './CheckTimer';
import classes from './Checks.module.css';
import { Icon } from './icons';

export interface CheckResultProps {
  readonly check: Check;
  readonly guiding: boolean;
  /** Inside of something that has a frame already. */
  readonly bare?: boolean;
}

/** How a question stands: for staff live, for everybody else what was shared and the own answer. */
export function CheckResult({ check, guiding, bare = false }: CheckResultProps): ReactElement {
  const { text } = useText();
  const { tally, own } = useCheckResult(check);
  const state = check.open ? 'open' : check.shared ? 'shared' : 'closed';
  return (
    <section className={bare ? classes['bare'] : classes['card']} aria-label={check.prompt} data-testid={`check-${check.check_id}`} data-open={check.open} data-shared={check.shared}>
      <div className={classes['kicker']}>
        <span>
          {text(`check_kind.${check.kind}`)} · {text(`checks.state.${state}`)}
        </span>
        {check.open ? <CheckTimer closesUtc={check.closes_utc} /> : null}
      </div>
      <p className={classes['prompt']}>{check.prompt}</p>
      {tally === null ? null : (
        <p className={classes['hint']} data-testid="check-count" data-answered={tally.answered} data-asked={tally.asked}>
          {text('checks.answered', { answered: tally.answered, asked: tally.asked })}
          {tally.correct === null || (!guiding && !check.shared) ? '' : ` · ${text('checks.correct', { count: tally.correct })}`}
        </p>
      )}
      <Body check={check} guiding={guiding} />
      {guiding || own === null ? null : (
        <p className={classes['hint']} data-testid="own-answer">
          {text('checks.own', { answer: own.words })}
          {own.correct === null ? '' : ` ${own.correct ? text('checks.own_right') : text('checks.own_wrong')}`}
        </p>
      )}
      {guiding ? <Verbs check={check} /> : null}
    </section>
  );
}

function Body({ check, guiding }: { readonly check: Check; readonly guiding: boolean }): ReactElement | null {
  const { text } = useText();
  const { tally, bars, rightWords, answers } = useCheckResult(check);
  if (tally === null) return guiding || check.open ? null : <p className={classes['hint']}>{text('checks.not_shared')}</p>;
  return (
    <>
      {bars.length === 0 ? null : (
        <ul className={classes['bars']}>
          {bars.map((one) => (
            <li key={one.id} className={classes['bar']} data-right={one.right} data-testid={`bar-${one.id}`} data-count={one.count}>
              <span className={classes['fill']} style={{ '--share': `${one.percent}%` }} aria-hidden="true" />
              <span className={classes['words']}>
                {one.right ? <Icon name="check" size={16} /> : null}
                {one.truth === null ? one.text : text(`truth.${one.truth}`)}
                {one.right ? <span className="hr-hidden">, {text('checks.is_right')}</span> : null}
              </span>
              <span className={classes['number']}>
                {one.count} · {one.percent} %
              </span>
            </li>
          ))}
        </ul>
      )}
      {rightWords === '' ? null : <p className={classes['hint']}>{text('checks.right', { answer: rightWords })}</p>}
      {answers.length === 0 ? null : (
        <ul className={classes['answers']}>
          {answers.map((one) => (
            <li key={one.key} data-correct={one.correct}>
              {one.name === null ? null : <strong>{one.name}</strong>} <span>{one.words}</span>
              {one.correct === true ? <Icon name="check" size={14} /> : null}
              {one.materialId === null ? null : <HandedIn materialId={one.materialId} name={one.name ?? ''} />}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

function HandedIn({ materialId, name }: { readonly materialId: string; readonly name: string }): ReactElement {
  const { text } = useText();
  const materials = useMaterialList();
  const save = async (): Promise<void> => {
    const file = await materials.file(materialId);
    if (file === null) return;
    await materials.load();
    const known = materials.store.get().list.find((one) => one.material_id === materialId)?.name ?? materialId;
    saveFile(file, name === '' ? known : `${name} - ${known}`);
  };
  return (
    <Button size="compact-xs" variant="default" aria-label={text('checks.file_of', { name })} onClick={() => void save()} data-testid="handed-in">
      {text('checks.file')}
    </Button>
  );
}

const REOPEN_STEPS = [null, 60, 120, 300];

function Verbs({ check }: { readonly check: Check }): ReactElement {
  const { text } = useText();
  const verbs = useLessonVerbs();
  return (
    <div className={classes['verbs']}>
      {check.open ? (
        <Button size="compact-sm" onClick={() => void verbs.checkClose(check.check_id)} data-testid="check-close">
          {text('checks.close')}
        </Button>
      ) : (
        <Menu position="bottom-start" shadow="md" withinPortal>
          <Menu.Target>
            <Button size="compact-sm" variant="default" data-testid="check-reopen">
              {text('checks.reopen')}
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            {REOPEN_STEPS.map((seconds) => (
              <Menu.Item key={seconds ?? 0} onClick={() => void verbs.checkReopen(check.check_id, seconds)}>
                {seconds === null ? text('checks.no_time') : text('checks.minutes', { count: seconds / 60 })}
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
      )}
      <Button
        size="compact-sm"
        variant={check.shared ? 'default' : 'light'}
        leftSection={<Icon name="eye" size={16} />}
        onClick={() => void verbs.checkShare(check.check_id, !check.shared)}
        data-testid="check-share"
      >
        {check.shared ? text('checks.unshare') : text('checks.share')}
      </Button>
    </div>
  );
}
