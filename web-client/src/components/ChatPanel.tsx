import { ActionIcon, Button, NativeSelect, Popover, Switch, Textarea } from '@mantine/core';
import type { KeyboardEvent, ReactElement } from 'react';
import { useEffect, useLayoutEffect, useRef, useState } from 'react';

import { useApp } from '@/hooks/conductor_context';
import { useConnected, useIsStaff, useLesson, useLessonVerbs, useMay, useSelfId } from '@/hooks/use_lesson';
import { useText } from '@/i18n/use_text';
import type { ChatRules } from '@/protocol/messages.gen';

import classes from './ChatPanel.module.css';
import { ChatMessageRow, UnsentRow } from './ChatRows';
import { Icon } from './icons';
import { PanelScroll, SidePanel } from './SidePanel';

/** As the protocol has it; the field itself stops there. */
const TEXT_MAX = 2_000;

export function ChatPanel({ onClose }: { readonly onClose: () => void }): ReactElement {
  const { text } = useText();
  const connected = useConnected();
  const mayModerate = useMay('moderate_chat');
  const rules = useLesson((lesson) => lesson.chat.rules);
  return (
    <SidePanel title={text('chat.title')} testId="chat-panel" fieldId="chat-input" onClose={onClose} foot={<Writing />}>
      {mayModerate ? <Rules rules={rules} /> : null}
      {connected ? null : <p className={classes['hint']}>{text('chat.offline')}</p>}
      <Messages />
    </SidePanel>
  );
}

function Messages(): ReactElement {
  const { text } = useText();
  const messages = useLesson((lesson) => lesson.chat.messages);
  const unsent = useApp((state) => state.outbox);
  const waiting = unsent.filter((one) => one.kind === 'chat');
  const end = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  const count = messages.length + waiting.length;
  // Follows what is said as long as the person reads the end; who scrolled up stays where they read.
  useLayoutEffect(() => {
    if (atEnd.current) end.current?.scrollIntoView({ block: 'nearest' });
  }, [count]);
  useEffect(() => {
    const element = end.current;
    if (element === null) return;
    const watcher = new IntersectionObserver(([entry]) => {
      atEnd.current = entry?.isIntersecting ?? true;
    });
    watcher.observe(element);
    return () => watcher.disconnect();
  }, []);
  return (
    <PanelScroll label={text('chat.messages')}>
      {count === 0 ? <p className={classes['hint']}>{text('chat.empty')}</p> : null}
      <ol className={classes['list']} data-testid="chat-messages">
        {messages.map((one) => (
          <ChatMessageRow key={one.chat_id} message={one} />
        ))}
        {waiting.map((one) => (
          <UnsentRow key={one.key} unsent={one} />
        ))}
      </ol>
      <div ref={end} className={classes['end']} />
    </PanelScroll>
  );
}

/** To whom one may write: the room, the staff, for staff also one person; and between students where that is allowed. */
function useReceivers(): readonly { readonly value: string; readonly label: string }[] {
  const { text } = useText();
  const staff = useIsStaff();
  const selfId = useSelfId();
  const rules = useLesson((lesson) => lesson.chat.rules);
  const participants = useApp((state) => state.room.participants);
  const to = [{ value: 'room', label: text('chat.to_room') }];
  if (staff || rules.private_to_staff) to.push({ value: 'staff', label: text('chat.to_staff') });
  for (const one of participants.values()) {
    if (one.participant_id === selfId || one.role === 'observer') continue;
    const theirStaff = one.role !== 'student';
    if (staff || (theirStaff ? rules.private_to_staff : rules.private_between_students)) {
      to.push({ value: one.participant_id, label: text('chat.to_person', { name: one.display_name }) });
    }
  }
  return to;
}

function Writing(): ReactElement {
  const { text } = useText();
  const verbs = useLessonVerbs();
  const mayChat = useMay('chat');
  const mayModerate = useMay('moderate_chat');
  const rules = useLesson((lesson) => lesson.chat.rules);
  const draft = useApp((state) => state.draft);
  const receivers = useReceivers();
  const [chosen, setTo] = useState('room');
  const [full, setFull] = useState(false);
  const to = receivers.some((one) => one.value === chosen) ? chosen : 'room';
  if (!mayChat || (!rules.enabled && !mayModerate)) return <p className={classes['hint']}>{text('chat.off')}</p>;
  const send = (): void => {
    const taken = verbs.chat(to, draft);
    setFull(!taken);
    if (taken) verbs.draft('');
  };
  const pressed = (event: KeyboardEvent): void => {
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    send();
  };
  return (
    <div className={classes['writing']}>
      <NativeSelect
        size="xs"
        aria-label={text('chat.to')}
        data={[...receivers]}
        value={to}
        onChange={(event) => setTo(event.currentTarget.value)}
        data-testid="chat-to"
      />
      {full ? <p role="alert" className={classes['hint']}>{text('chat.full')}</p> : null}
      <div className={classes['line']}>
        <Textarea
          className={classes['field'] ?? ''}
          aria-label={text('chat.write')}
          placeholder={text('chat.write')}
          autosize
          minRows={1}
          maxRows={5}
          maxLength={TEXT_MAX}
          value={draft}
          onChange={(event) => verbs.draft(event.currentTarget.value)}
          onKeyDown={pressed}
          enterKeyHint="send"
          data-testid="chat-input"
          id="chat-input"
        />
        <ActionIcon size={42} radius="xl" aria-label={text('chat.send')} disabled={draft.trim() === ''} onClick={send} data-testid="chat-send">
          <Icon name="send" size={20} />
        </ActionIcon>
      </div>
      {rules.slow_s > 0 && !mayModerate ? <p className={classes['hint']}>{text('chat.slow', { count: rules.slow_s })}</p> : null}
      {rules.moderated && !mayModerate ? <p className={classes['hint']}>{text('chat.moderated')}</p> : null}
    </div>
  );
}

const SLOW_STEPS = [0, 5, 15, 30, 60];

/** What is allowed in the chat. Strict ways are the first ones: links and whispering between students are off. */
function Rules({ rules }: { readonly rules: ChatRules }): ReactElement {
  const { text } = useText();
  const verbs = useLessonVerbs();
  const [opened, setOpened] = useState(false);
  const set = (change: Partial<ChatRules>): void => void verbs.chatRules({ ...rules, ...change });
  const flags = ['enabled', 'moderated', 'links', 'private_to_staff', 'private_between_students'] as const;
  return (
    <Popover position="bottom-start" shadow="md" trapFocus returnFocus withinPortal opened={opened} onChange={setOpened}>
      <Popover.Target>
        <Button variant="default" size="xs" leftSection={<Icon name="settings" size={16} />} data-testid="chat-rules" onClick={() => setOpened((open) => !open)} className={classes['rules'] ?? ''}>
          {text('chat.rules')}
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label={text('chat.rules')}>
        <div className={classes['flags']} role="group" aria-label={text('chat.rules')}>
          {flags.map((flag) => (
            <Switch
              key={flag}
              label={text(`chat.rule.${flag}`)}
              checked={rules[flag]}
              onChange={(event) => set({ [flag]: event.currentTarget.checked })}
              data-testid={`chat-rule-${flag}`}
            />
          ))}
          <NativeSelect
            label={text('chat.rule.slow')}
            value={String(rules.slow_s)}
            data={[...new Set([...SLOW_STEPS, rules.slow_s])].map((seconds) => ({
              value: String(seconds),
              label: seconds === 0 ? text('chat.rule.slow_off') : text('chat.rule.slow_s', { count: seconds }),
            }))}
            onChange={(event) => set({ slow_s: Number(event.currentTarget.value) })}
          />
        </div>
      </Popover.Dropdown>
    </Popover>
  );
}

