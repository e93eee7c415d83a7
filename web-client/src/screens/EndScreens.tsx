import type { ReactElement } from 'react';

import { useApp, useConductor } from '@/hooks/conductor_context';
import { hasText } from '@/i18n/texts';
import { useText } from '@/i18n/use_text';

import { MessageScreen } from './MessageScreen';

const ENDS = ['left', 'moved', 'removed', 'ended', 'replaced'] as const;

/** After the class: why it is over for this page, and the way back where there is one. */
export function OverScreen(): ReactElement {
  const { text } = useText();
  const conductor = useConductor();
  const code = useApp((state) => state.problem?.code ?? 'left');
  const known = ENDS.find((one) => one === code) ?? 'other';
  const back = { label: text('over.rejoin'), testId: 'rejoin', run: () => void conductor.comeBack() };
  return (
    <MessageScreen
      title={text(`over.${known}.title`)}
      text={text(`over.${known}.text`)}
      testId={`over-${known}`}
      actions={known === 'ended' || known === 'removed' ? [] : [back]}
    />
  );
}

/** The server, the link or the network says no. */
export function RefusedScreen(): ReactElement {
  const { text } = useText();
  const conductor = useConductor();
  const problem = useApp((state) => state.problem);
  const retrying = useApp((state) => state.connection === 'waiting' || state.connection === 'connecting');
  const online = useApp((state) => state.online);
  const code = problem?.code ?? 'unreachable';
  const words = ((): string => {
    if (!online) return text('refused.offline');
    const key = `refused.${code}`;
    // A code newer than this page: the server's own sentence is better than none.
    return hasText(key) ? text(key as 'refused.unreachable') : (problem?.text ?? '') || text('refused.unreachable');
  })();
  const again =
    code === 'version_unsupported'
      ? { label: text('refused.reload'), testId: 'try-again', run: () => location.reload() }
      : { label: text('app.try_again'), testId: 'try-again', run: () => void conductor.comeBack() };
  return (
    <MessageScreen
      title={text('refused.title')}
      text={words}
      error
      testId={`refused-${code}`}
      busy={retrying}
      {...(retrying ? { note: text('refused.retrying') } : {})}
      actions={[again]}
    />
  );
}

export function MoveScreen(): ReactElement {
  const { text } = useText();
  const conductor = useConductor();
  return (
    <MessageScreen
      title={text('move.title')}
      text={text('move.text')}
      testId="move-page"
      actions={[
        { label: text('move.confirm'), testId: 'confirm-move', run: () => conductor.enter(true) },
        { label: text('move.cancel'), testId: 'cancel-move', run: () => conductor.leave() },
      ]}
    />
  );
}

export function EnteringScreen(): ReactElement {
  const { text } = useText();
  const slow = useApp((state) => state.connection === 'waiting');
  return <MessageScreen title={text('enter.title')} busy testId="entering" {...(slow ? { note: text('enter.slow') } : {})} />;
}
