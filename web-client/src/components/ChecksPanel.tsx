import { Button } from '@mantine/core';
import type { ReactElement } from 'react';
import { useState } from 'react';

import { useCheckSets } from '@/hooks/use_check_sets';
import { useLesson, useMay } from '@/hooks/use_lesson';
import { useText } from '@/i18n/use_text';

import { CheckAnswering } from './CheckAnswering';
import { CheckComposer } from './CheckComposer';
import { CheckResult } from './CheckResult';
import classes from './Checks.module.css';
import { Icon } from './icons';
import { SavedChecks } from './SavedChecks';
import { PanelScroll, SidePanel } from './SidePanel';

/** Staff ask and see how it stands; a student finds every question and the own answers again. */
export function ChecksPanel({ onClose }: { readonly onClose: () => void }): ReactElement {
  const { text } = useText();
  const mayRun = useMay('run_checks');
  return (
    <SidePanel title={text('checks.title')} testId="checks-panel" onClose={onClose}>
      {mayRun ? <Asking /> : <OwnQuestions />}
    </SidePanel>
  );
}

function Asking(): ReactElement {
  const { text } = useText();
  const checks = useLesson((lesson) => lesson.checks.checks);
  const [writing, setWriting] = useState(false);
  const saved = useCheckSets(true);
  if (writing) return <CheckComposer onDone={() => setWriting(false)} onSave={saved.save} />;
  const latestFirst = [...checks.values()].reverse();
  return (
    <PanelScroll label={text('checks.title')}>
      <Button leftSection={<Icon name="plus" size={18} />} onClick={() => setWriting(true)} data-testid="check-new" style={{ flex: 'none' }}>
        {text('checks.new')}
      </Button>
      <PulseLine />
      {latestFirst.length === 0 ? <p className={classes['hint']}>{text('checks.none_staff')}</p> : null}
      {latestFirst.map((one) => (
        <CheckResult key={one.check_id} check={one} guiding />
      ))}
      <SavedChecks saved={saved} />
    </PanelScroll>
  );
}

/** How the class says that it goes, while anybody says something. */
function PulseLine(): ReactElement | null {
  const { text } = useText();
  const tally = useLesson((lesson) => lesson.pulse.tally);
  if (tally === null || tally.understood + tally.lost === 0) return null;
  return (
    <p className={classes['pulse']} data-testid="pulse-tally" role="status">
      {text('pulse.tally', { understood: tally.understood, lost: tally.lost, of: tally.of })}
    </p>
  );
}

function OwnQuestions(): ReactElement {
  const { text } = useText();
  const checks = useLesson((lesson) => lesson.checks.checks);
  const latestFirst = [...checks.values()].reverse();
  return (
    <PanelScroll label={text('checks.title')}>
      {latestFirst.length === 0 ? <p className={classes['hint']}>{text('checks.none')}</p> : null}
      {latestFirst.map((one) =>
        one.open ? (
          <section key={one.check_id} className={classes['card']} aria-label={one.prompt}>
            <CheckAnswering check={one} />
          </section>
        ) : (
          <CheckResult key={one.check_id} check={one} guiding={false} />
        ),
      )}
    </PanelScroll>
  );
}
