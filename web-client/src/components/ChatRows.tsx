import { ActionIcon, Button, Menu, Textarea } from '@mantine/core';
import type { ReactElement } from 'react';
import { useState } from 'react';

import type { UnsentChat } from '@/classroom/outbox';
import { useLessonVerbs, useMay, useName, useSelfId } from '@/hooks/use_lesson';
import { useProblemText } from '@/hooks/use_problem_text';
import { useText } from '@/i18n/use_text';
import type { ChatMessage } from '@/protocol/messages.gen';

import classes from './ChatPanel.module.css';
import { Icon } from './icons';

/** Text is text: what looks like markup or a link stands there as it was typed. */
export function ChatMessageRow({ message }: { readonly message: ChatMessage }): ReactElement {
  const { text } = useText();
  const selfId = useSelfId();
  const own = message.from_id === selfId;
  const verbs = useLessonVerbs();
  const [editing, setEditing] = useState<string | null>(null);
  const marks = [
    ...(message.edited && !message.deleted ? [text('chat.edited')] : []),
    ...(message.held ? [text('chat.held')] : []),
  ];
  const save = async (): Promise<void> => {
    if (editing !== null && editing.trim() !== '' && editing !== message.text && !(await verbs.chatEdit(message.chat_id, editing))) return;
    setEditing(null);
  };
  return (
    <li className={classes['row']} data-own={own} data-held={message.held} data-testid="chat-message" data-chat={message.chat_id}>
      <div className={classes['head']}>
        <strong>{own ? text('chat.you') : message.from_name}</strong>
        <Receiver to={message.to} selfId={selfId} />
        <Time utc={message.at_utc} />
        {marks.length === 0 ? null : <span className={classes['mark']}>{marks.join(', ')}</span>}
        {message.deleted ? null : <Acts message={message} own={own} onEdit={() => setEditing(message.text)} />}
      </div>
      {message.deleted ? (
        <p className={classes['gone']}>{text('chat.deleted')}</p>
      ) : editing === null ? (
        <p className={classes['text']}>{message.text}</p>
      ) : (
        <form
          className={classes['edit']}
          onSubmit={(event) => {
            event.preventDefault();
            void save();
          }}
        >
          <Textarea
            aria-label={text('chat.edit')}
            autosize
            autoFocus
            maxRows={6}
            value={editing}
            onChange={(event) => setEditing(event.currentTarget.value)}
            onKeyDown={(event) => {
              if (event.key !== 'Escape') return;
              event.preventDefault();
              setEditing(null);
            }}
          />
          <Button size="compact-sm" type="submit">
            {text('chat.save')}
          </Button>
          <Button size="compact-sm" variant="default" onClick={() => setEditing(null)}>
            {text('app.cancel')}
          </Button>
        </form>
      )}
    </li>
  );
}

function Acts({ message, own, onEdit }: { readonly message: ChatMessage; readonly own: boolean; readonly onEdit: () => void }): ReactElement | null {
  const { text } = useText();
  const verbs = useLessonVerbs();
  const mayModerate = useMay('moderate_chat');
  if (!own && !mayModerate) return null;
  return (
    <span className={classes['acts']}>
      {message.held && mayModerate ? (
        <Button size="compact-xs" variant="light" onClick={() => void verbs.chatRelease(message.chat_id)} data-testid="chat-release">
          {text('chat.release')}
        </Button>
      ) : null}
      <Menu position="bottom-end" shadow="md" withinPortal>
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" size="sm" aria-label={text('chat.acts')} data-testid="chat-acts">
            <Icon name="more" size={16} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {own ? (
            <Menu.Item leftSection={<Icon name="edit" size={16} />} onClick={onEdit} data-testid="chat-edit">
              {text('chat.edit')}
            </Menu.Item>
          ) : null}
          <Menu.Item leftSection={<Icon name="trash" size={16} />} color="var(--mantine-color-error)" onClick={() => void verbs.chatDelete(message.chat_id)} data-testid="chat-delete">
            {text('chat.delete')}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </span>
  );
}

/** Whether others read it too must never be a guess. */
function Receiver({ to, selfId }: { readonly to: string; readonly selfId: string }): ReactElement | null {
  const { text } = useText();
  const name = useName(to === 'room' || to === 'staff' || to === selfId ? null : to);
  if (to === 'room') return null;
  const words = to === 'staff' ? text('chat.only_staff') : to === selfId ? text('chat.only_you') : text('chat.only_person', { name });
  return <span className={classes['private']}>{words}</span>;
}

function Time({ utc }: { readonly utc: string }): ReactElement | null {
  const { language } = useText();
  const at = new Date(utc);
  if (Number.isNaN(at.getTime())) return null;
  return (
    <time className={classes['time']} dateTime={utc}>
      {new Intl.DateTimeFormat(language, { hour: '2-digit', minute: '2-digit' }).format(at)}
    </time>
  );
}

/** Said, and not yet stored: it stands where it will stand, and says how it is. */
export function UnsentRow({ unsent }: { readonly unsent: UnsentChat }): ReactElement {
  const { text } = useText();
  const verbs = useLessonVerbs();
  const problem = useProblemText(unsent.refused);
  return (
    <li className={classes['row']} data-own data-unsent data-testid="chat-unsent">
      <div className={classes['head']}>
        <strong>{text('chat.you')}</strong>
        {unsent.refused === null ? <span className={classes['mark']}>{text('chat.sending')}</span> : null}
      </div>
      <p className={classes['text']}>{unsent.text}</p>
      {unsent.refused === null ? null : (
        <div className={classes['refused']} role="alert">
          <span>{problem}</span>
          <span className={classes['buttons']}>
            <Button size="compact-xs" variant="default" onClick={() => verbs.retry(unsent.key)} data-testid="chat-retry">
              {text('app.try_again')}
            </Button>
            <Button size="compact-xs" variant="subtle" color="gray" onClick={() => verbs.drop(unsent.key)}>
              {text('chat.discard')}
            </Button>
          </span>
        </div>
      )}
    </li>
  );
}
