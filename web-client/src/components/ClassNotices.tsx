import { Button } from '@mantine/core';
import type { ReactElement } from 'react';

import { useConductor } from '@/hooks/conductor_context';
import { useLesson, useLessonVerbs, useMay, useName } from '@/hooks/use_lesson';
import { usePanel } from '@/hooks/use_panel';
import { useText } from '@/i18n/use_text';

import classes from './ClassNotices.module.css';

/** What wants an answer from this person now: small, and gone as soon as it is answered. */
export function ClassNotices(): ReactElement | null {
  const { panel } = usePanel();
  const mayAdmit = useMay('admit');
  const waiting = useLesson((lesson) => lesson.waitingList.length);
  const help = useLesson((lesson) => lesson.helpRequests.length);
  const asked = useLesson((lesson) => lesson.unmuteAsked);
  const door = mayAdmit && waiting > 0 && panel !== 'people';
  const calls = help > 0 && panel !== 'people';
  if (!door && !calls && asked === null) return null;
  return (
    <>
      {asked === null ? null : <UnmuteAsk byId={asked.byId} />}
      {calls ? <HelpCall /> : null}
      {door ? <AtTheDoor /> : null}
    </>
  );
}

/** Nobody is unmuted by somebody else: the person presses, or does not. */
function UnmuteAsk({ byId }: { readonly byId: string }): ReactElement {
  const { text } = useText();
  const conductor = useConductor();
  const verbs = useLessonVerbs();
  const name = useName(byId);
  const yes = (): void => {
    verbs.closeUnmuteAsk();
    void conductor.setMic(true);
  };
  return (
    <section className={classes['notice']} aria-label={text('unmute.title', { name })} data-testid="unmute-ask">
      <span>{text('unmute.title', { name })}</span>
      <span className={classes['acts']}>
        <Button size="compact-sm" onClick={yes} data-testid="unmute-yes">
          {text('device.mic_on')}
        </Button>
        <Button size="compact-sm" variant="default" onClick={() => verbs.closeUnmuteAsk()} data-testid="unmute-no">
          {text('unmute.no')}
        </Button>
      </span>
    </section>
  );
}

function AtTheDoor(): ReactElement | null {
  const { text } = useText();
  const verbs = useLessonVerbs();
  const { open } = usePanel();
  const waiting = useLesson((lesson) => lesson.waitingList);
  const first = waiting[0];
  if (first === undefined) return null;
  const words = waiting.length === 1 ? text('waiting.notice', { name: first.display_name }) : text('waiting.notice_more', { name: first.display_name, count: waiting.length - 1 });
  return (
    <section className={classes['notice']} aria-label={words} data-testid="door-notice">
      <span>{words}</span>
      <span className={classes['acts']}>
        <Button size="compact-sm" onClick={() => void verbs.admit(waiting.map((one) => one.participant_id))} data-testid="door-admit">
          {waiting.length === 1 ? text('waiting.admit') : text('waiting.admit_all')}
        </Button>
        <Button size="compact-sm" variant="default" onClick={() => open('people')} data-testid="door-look">
          {text('waiting.look')}
        </Button>
      </span>
    </section>
  );
}

function HelpCall(): ReactElement | null {
  const { text } = useText();
  const { open } = usePanel();
  const requests = useLesson((lesson) => lesson.helpRequests);
  const last = requests.at(-1);
  const name = useName(last?.participant_id ?? null);
  if (last === undefined) return null;
  return (
    <section className={classes['notice']} aria-label={text('call.notice', { name })} data-testid="help-notice">
      <span>{text('call.notice', { name })}</span>
      <span className={classes['acts']}>
        <Button size="compact-sm" onClick={() => open('people')}>
          {text('waiting.look')}
        </Button>
      </span>
    </section>
  );
}
