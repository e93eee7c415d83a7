import type { ReactElement } from 'react';

import { ConductorContext, useApp, useConductor } from '@/hooks/conductor_context';
import { useClass } from '@/hooks/use_class';
import { useSupport } from '@/hooks/use_support';
import { useText } from '@/i18n/use_text';

import { CheckScreen } from './CheckScreen';
import { EnteringScreen, MoveScreen, OverScreen, RefusedScreen } from './EndScreens';
import { JoinScreen } from './JoinScreen';
import { MessageScreen } from './MessageScreen';
import { RoomScreen } from './RoomScreen';

/** Everything behind one personal link, from the first look to the end. */
export function ClassScreen({ token }: { readonly token: string }): ReactElement {
  const { text } = useText();
  const support = useSupport();
  if (!support.peerConnection || !support.webSocket) {
    return <MessageScreen title={text('support.no_webrtc.title')} text={text('support.no_webrtc.text')} error testId="unsupported" />;
  }
  return <Supported token={token} />;
}

function Supported({ token }: { readonly token: string }): ReactElement {
  const conductor = useClass(token);
  return (
    <ConductorContext value={conductor}>
      <Phases />
    </ConductorContext>
  );
}

function Phases(): ReactElement {
  const { text } = useText();
  const conductor = useConductor();
  const support = useSupport();
  const phase = useApp((state) => state.phase);
  const description = useApp((state) => state.description);
  switch (phase) {
    case 'loading':
      return <MessageScreen title={text('app.loading')} busy testId="loading" />;
    case 'invited':
      return description === null ? (
        <RefusedScreen />
      ) : (
        <JoinScreen description={description} secure={support.secureContext} onJoin={() => void conductor.prepare()} />
      );
    case 'check':
      return <CheckScreen />;
    case 'entering':
      return <EnteringScreen />;
    case 'asking_move':
      return <MoveScreen />;
    case 'room':
      return <RoomScreen />;
    case 'over':
      return <OverScreen />;
    case 'refused':
      return <RefusedScreen />;
  }
}
