import { Button } from '@mantine/core';
import type { ReactElement, ReactNode } from 'react';

import { useApp } from '@/hooks/conductor_context';
import { useLesson, useLessonVerbs, useMay } from '@/hooks/use_lesson';
import { useText } from '@/i18n/use_text';

import classes from './PeoplePanel.module.css';

function Part({ title, testId, act, children }: { readonly title: string; readonly testId: string; readonly act?: ReactNode; readonly children: ReactNode }): ReactElement {
  return (
    <section className={classes['part']} aria-label={title} data-testid={testId}>
      <div className={classes['part_head']}>
        <h3>{title}</h3>
        {act}
      </div>
      <ul>{children}</ul>
    </section>
  );
}

/** Who stands at the door, with the reason; to staff only. */
export function WaitingPart(): ReactElement | null {
  const { text } = useText();
  const verbs = useLessonVerbs();
  const mayAdmit = useMay('admit');
  const waiting = useLesson((lesson) => lesson.waitingList);
  if (!mayAdmit || waiting.length === 0) return null;
  const all = waiting.map((one) => one.participant_id);
  return (
    <Part
      title={text('waiting.title', { count: waiting.length })}
      testId="waiting-list"
      act={
        <Button size="compact-sm" variant="light" onClick={() => void verbs.admit(all)} data-testid="admit-all">
          {text('waiting.admit_all')}
        </Button>
      }
    >
      {waiting.map((one) => (
        <li key={one.participant_id} className={classes['one']} data-testid={`waiting-${one.participant_id}`} data-name={one.display_name}>
          <span>
            {one.display_name}
            <span className={classes['role']}> · {text(`waiting.because.${one.reason}`)}</span>
          </span>
          <Button size="compact-sm" onClick={() => void verbs.admit([one.participant_id])} aria-label={text('waiting.admit_name', { name: one.display_name })} data-testid="admit">
            {text('waiting.admit')}
          </Button>
          <Button
            size="compact-sm"
            variant="default"
            onClick={() => void verbs.turnAway([one.participant_id])}
            aria-label={text('waiting.turn_away_name', { name: one.display_name })}
            data-testid="turn-away"
          >
            {text('waiting.turn_away')}
          </Button>
        </li>
      ))}
    </Part>
  );
}

/** Hands in the order in which they went up. Everyone sees it: the queue is no secret. */
export function HandsPart(): ReactElement | null {
  const { text } = useText();
  const verbs = useLessonVerbs();
  const mayLower = useMay('lower_hands');
  const hands = useLesson((lesson) => lesson.hands);
  const participants = useApp((state) => state.room.participants);
  if (hands.length === 0) return null;
  return (
    <Part
      title={text('hand.title', { count: hands.length })}
      testId="hands-list"
      {...(mayLower
        ? {
            act: (
              <Button size="compact-sm" variant="subtle" onClick={() => void verbs.lowerHand(null)} data-testid="hands-lower-all">
                {text('guide.lower_all')}
              </Button>
            ),
          }
        : {})}
    >
      {hands.map((one, index) => {
        const name = participants.get(one.participant_id)?.display_name ?? '';
        return (
          <li key={one.participant_id} className={classes['one']} data-testid="hand-row" data-name={name}>
            <span>
              {index + 1}. {name}
            </span>
            {mayLower ? (
              <Button
                size="compact-sm"
                variant="default"
                onClick={() => void verbs.lowerHand(one.participant_id)}
                aria-label={text('hand.lower_name', { name })}
                data-testid="hand-lower"
              >
                {text('hand.lower_short')}
              </Button>
            ) : null}
          </li>
        );
      })}
    </Part>
  );
}

/** Calls for technical help. Reports of another kind never come here. */
export function HelpPart(): ReactElement | null {
  const { text } = useText();
  const verbs = useLessonVerbs();
  const requests = useLesson((lesson) => lesson.helpRequests);
  const participants = useApp((state) => state.room.participants);
  if (requests.length === 0) return null;
  return (
    <Part
      title={text('call.staff_title', { count: requests.length })}
      testId="help-list"
      act={
        <Button size="compact-sm" variant="subtle" onClick={() => verbs.helpSeen()}>
          {text('call.seen')}
        </Button>
      }
    >
      {requests.map((one) => (
        <li key={`${one.participant_id}/${one.at_utc}`} className={classes['one']}>
          <span>
            <strong>{participants.get(one.participant_id)?.display_name ?? text('call.somebody')}</strong> {one.text}
          </span>
        </li>
      ))}
    </Part>
  );
}

/** Whoever was sent out can be let in again. */
export function RemovedPart(): ReactElement | null {
  const { text } = useText();
  const verbs = useLessonVerbs();
  const mayRemove = useMay('remove_people');
  const removed = useLesson((lesson) => lesson.removed);
  const barred = removed.filter((one) => !one.may_ask);
  if (!mayRemove || barred.length === 0) return null;
  return (
    <Part title={text('person.removed_title')} testId="removed-list">
      {barred.map((one) => (
        <li key={one.participant_id} className={classes['one']} data-name={one.display_name}>
          <span>{one.display_name}</span>
          <Button size="compact-sm" variant="default" onClick={() => void verbs.readmit(one.participant_id)} data-testid="readmit">
            {text('person.readmit')}
          </Button>
        </li>
      ))}
    </Part>
  );
}
