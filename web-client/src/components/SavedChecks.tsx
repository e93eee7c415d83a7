import { ActionIcon, Button } from '@mantine/core';
import type { ReactElement } from 'react';

import type { CheckSets } from '@/hooks/use_check_sets';
import { useConnected, useLessonVerbs } from '@/hooks/use_lesson';
import { useText } from '@/i18n/use_text';

import classes from './Checks.module.css';
import { Icon } from './icons';

/** Prepared questions, each asked with one press. */
export function SavedChecks({ saved }: { readonly saved: CheckSets }): ReactElement | null {
  const { text } = useText();
  const verbs = useLessonVerbs();
  const connected = useConnected();
  if (saved.state === 'failed') {
    return (
      <p className={classes['hint']} role="alert">
        {text('checks.saved_failed')}
        <Button size="compact-sm" variant="default" onClick={saved.reload}>
          {text('app.try_again')}
        </Button>
      </p>
    );
  }
  if (saved.sets.length === 0) return null;
  return (
    <section className={classes['card']} aria-label={text('checks.saved')} data-testid="saved-checks">
      <h3 className={classes['kicker']}>{text('checks.saved')}</h3>
      {saved.sets.map((set) => (
        <ul key={set.set_id} className={classes['answers']} aria-label={set.title}>
          {set.checks.map((one) => (
            <li key={one.saved_id} className={classes['saved']}>
              <span>{one.spec.prompt}</span>
              <Button
                size="compact-sm"
                variant="light"
                disabled={!connected}
                aria-label={text('checks.ask_named', { question: one.spec.prompt })}
                onClick={() => void verbs.checkOpen(one.spec, one.seconds, one.anonymous, one.saved_id)}
                data-testid="saved-ask"
              >
                {text('checks.ask_saved')}
              </Button>
              <ActionIcon
                variant="subtle"
                color="gray"
                aria-label={text('checks.remove_named', { question: one.spec.prompt })}
                onClick={() => void saved.remove(set.set_id)}
                style={set.checks.length > 1 ? { visibility: 'hidden' } : undefined}
              >
                <Icon name="trash" size={16} />
              </ActionIcon>
            </li>
          ))}
        </ul>
      ))}
    </section>
  );
}
