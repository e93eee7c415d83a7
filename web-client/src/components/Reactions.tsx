import { Popover } from '@mantine/core';
import type { ReactElement } from 'react';
import { useState } from 'react';

import { REACTION_SIGNS } from '@/hooks/reaction_signs';
import { useApp } from '@/hooks/conductor_context';
import { useIsStaff, useLesson, useLessonVerbs } from '@/hooks/use_lesson';
import { useText } from '@/i18n/use_text';
import type { PulseValue, Reaction } from '@/protocol/messages.gen';

import classes from './Reactions.module.css';
import { RoundButton } from './RoundButton';

export function ReactionButton(): ReactElement {
  const { text } = useText();
  const [opened, setOpened] = useState(false);
  return (
    <Popover opened={opened} onChange={setOpened} position="top" shadow="md" radius="md" trapFocus returnFocus>
      <Popover.Target>
        <RoundButton
          icon="smile"
          label={text('react.title')}
          hint="R"
          testId="react-toggle"
          popup="dialog"
          expanded={opened}
          active={opened}
          onPress={() => setOpened((open) => !open)}
        />
      </Popover.Target>
      <Popover.Dropdown p="xs" aria-label={text('react.title')}>
        <ReactionChoice onDone={() => setOpened(false)} />
      </Popover.Dropdown>
    </Popover>
  );
}

/** Faces for a moment, and for students how it goes: that one stands until it is taken back. */
export function ReactionChoice({ onDone }: { readonly onDone: () => void }): ReactElement {
  const { text } = useText();
  const verbs = useLessonVerbs();
  const staff = useIsStaff();
  return (
    <div className={classes['choice']}>
      <div className={classes['signs']} role="group" aria-label={text('react.title')}>
        {(Object.keys(REACTION_SIGNS) as Reaction[]).map((reaction) => (
          <button
            key={reaction}
            type="button"
            className={classes['sign']}
            aria-label={text(`react.${reaction}`)}
            title={text(`react.${reaction}`)}
            data-testid={`react-${reaction}`}
            onClick={() => {
              onDone();
              void verbs.react(reaction);
            }}
          >
            <span aria-hidden="true">{REACTION_SIGNS[reaction]}</span>
          </button>
        ))}
      </div>
      {staff ? null : <PulseChoice />}
    </div>
  );
}

function PulseChoice(): ReactElement {
  const { text } = useText();
  const verbs = useLessonVerbs();
  const own = useLesson((lesson) => lesson.pulse.own);
  const connected = useApp((state) => state.connection === 'open');
  const values: readonly PulseValue[] = ['understood', 'lost'];
  return (
    <div className={classes['pulse']} role="group" aria-label={text('pulse.title')}>
      {values.map((value) => (
        <button
          key={value}
          type="button"
          className={classes['feel']}
          aria-pressed={own === value}
          disabled={!connected}
          data-testid={`pulse-${value}`}
          onClick={() => void verbs.pulse(own === value ? null : value)}
        >
          {text(`pulse.${value}`)}
        </button>
      ))}
    </div>
  );
}
