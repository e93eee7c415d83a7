import type { ReactElement } from 'react';

import { useApp } from '@/hooks/conductor_context';
import { useHandRaised, useLesson, useLessonVerbs, useMay } from '@/hooks/use_lesson';
import { usePanel } from '@/hooks/use_panel';
import { useText } from '@/i18n/use_text';

import { useClassTools } from './class_tools';
import { MenuSheet } from './MenuSheet';
import { ReactionButton } from './Reactions';
import { RoundButton } from './RoundButton';

/** What one does in class besides being heard and seen: hand, reactions, chat, tools. On a phone the last ones are in `more`. */
export function ClassButtons({ narrow }: { readonly narrow: boolean }): ReactElement {
  const { text } = useText();
  const { panel, toggle } = usePanel();
  const verbs = useLessonVerbs();
  const raised = useHandRaised();
  const mayRaise = useMay('raise_hand');
  const mayReact = useMay('react');
  const unread = useLesson((lesson) => lesson.chat.unread);
  const tools = useClassTools();
  const open = useApp((state) => state.desk.panel === 'chat');
  return (
    <>
      {mayRaise || raised ? (
        <RoundButton
          icon="hand"
          label={raised ? text('hand.lower') : text('hand.raise')}
          hint="H"
          testId="hand-toggle"
          on={raised}
          active={raised}
          onPress={() => void verbs.hand(!raised)}
        />
      ) : null}
      {mayReact && !narrow ? <ReactionButton /> : null}
      <RoundButton
        icon="chat"
        label={unread > 0 ? text('chat.open_unread', { count: unread }) : text('chat.title')}
        hint="C"
        testId="chat-toggle"
        expanded={open}
        active={panel === 'chat'}
        count={unread}
        onPress={() => toggle('chat')}
      />
      {narrow || tools.length === 0 ? null : <MenuSheet icon="tools" label={text('tools.title')} testId="tools-toggle" items={tools} />}
    </>
  );
}
