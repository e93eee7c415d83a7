import { ActionIcon, Button } from '@mantine/core';
import type { ReactElement } from 'react';
import { useState } from 'react';

import { useApp } from '@/hooks/conductor_context';
import { useLessonVerbs } from '@/hooks/use_lesson';
import { useOpenCheck, useShownResult } from '@/hooks/use_open_check';
import { useText } from '@/i18n/use_text';

import { CheckAnswering } from './CheckAnswering';
import { CheckResult } from './CheckResult';
import classes from './Checks.module.css';
import { Icon } from './icons';

/** The open question, before the eyes of whoever may answer it. It can be folded away, and never takes the focus. */
export function QuestionCard(): ReactElement | null {
  const { text } = useText();
  const check = useOpenCheck();
  const panel = useApp((state) => state.desk.panel);
  const [folded, setFolded] = useState<string | null>(null);
  if (panel === 'checks') return null;
  if (check === null) return <ShownResult beside={panel !== null} />;
  const round = `${check.check_id}/${check.round}`;
  if (folded === round) {
    return (
      <Button className={classes['folded'] ?? ''} data-beside={panel !== null} leftSection={<Icon name="question" size={18} />} onClick={() => setFolded(null)} data-testid="question-unfold">
        {text('checks.unfold')}
      </Button>
    );
  }
  return (
    <section className={classes['floating']} data-beside={panel !== null} aria-label={text('checks.question')} data-testid="question-card">
      <ActionIcon
        className={classes['fold'] ?? ''}
        variant="subtle"
        color="gray"
        size="lg"
        aria-label={text('checks.fold')}
        onClick={() => setFolded(round)}
        data-testid="question-fold"
      >
        <Icon name="close" size={18} />
      </ActionIcon>
      <CheckAnswering key={round} check={check} />
    </section>
  );
}

function ShownResult({ beside }: { readonly beside: boolean }): ReactElement | null {
  const { text } = useText();
  const verbs = useLessonVerbs();
  const check = useShownResult();
  if (check === null) return null;
  return (
    <section className={classes['floating']} data-beside={beside} aria-label={text('checks.result')} data-testid="result-card">
      <ActionIcon className={classes['fold'] ?? ''} variant="subtle" color="gray" size="lg" aria-label={text('app.close')} onClick={() => verbs.resultSeen()} data-testid="result-close">
        <Icon name="close" size={18} />
      </ActionIcon>
      <CheckResult check={check} guiding={false} bare />
    </section>
  );
}
