import { Alert, Button, Group, Modal, NativeSelect, Radio, Stack, Text, Textarea } from '@mantine/core';
import type { ReactElement } from 'react';
import { useState } from 'react';

import { useApp } from '@/hooks/conductor_context';
import { useConnected, useLessonVerbs, useSelfId } from '@/hooks/use_lesson';
import { useText } from '@/i18n/use_text';
import type { HelpKind } from '@/protocol/messages.gen';

const TEXT_MAX = 2_000;
const KINDS: readonly HelpKind[] = ['technical', 'safeguarding'];

/**
 * "I need help, or something is wrong here." Two ways that never meet: technical trouble goes to the staff of this class;
 * a report goes to the safeguarding people of the school, and to nobody in this room.
 */
export function CallHelpDialog({ opened, onClose }: { readonly opened: boolean; readonly onClose: () => void }): ReactElement {
  const { text } = useText();
  return (
    <Modal opened={opened} onClose={onClose} title={text('call.title')} closeButtonProps={{ 'aria-label': text('app.close') }} centered>
      <CallForm onClose={onClose} />
    </Modal>
  );
}

function CallForm({ onClose }: { readonly onClose: () => void }): ReactElement {
  const { text } = useText();
  const verbs = useLessonVerbs();
  const connected = useConnected();
  const selfId = useSelfId();
  const participants = useApp((state) => state.room.participants);
  const [kind, setKind] = useState<HelpKind>('technical');
  const [words, setWords] = useState('');
  const [about, setAbout] = useState('');
  const [state, setState] = useState<'writing' | 'sending' | 'sent' | 'failed'>('writing');
  const send = async (): Promise<void> => {
    setState('sending');
    const told = await verbs.askHelp(kind, words.trim(), kind === 'safeguarding' && about !== '' ? about : null);
    setState(told ? 'sent' : 'failed');
  };
  if (state === 'sent') {
    return (
      <Stack gap="md">
        <Text role="status" data-testid="call-sent">
          {text(`call.sent.${kind}`)}
        </Text>
        <Button onClick={onClose}>{text('app.close')}</Button>
      </Stack>
    );
  }
  const others = [...participants.values()].filter((one) => one.participant_id !== selfId);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <Stack gap="md">
        <Radio.Group aria-label={text('call.title')} value={kind} onChange={(value) => setKind(KINDS.find((one) => one === value) ?? 'technical')}>
          <Stack gap="sm">
            {KINDS.map((one) => (
              <Radio key={one} value={one} label={text(`call.kind.${one}`)} description={text(`call.goes_to.${one}`)} data-testid={`call-${one}`} />
            ))}
          </Stack>
        </Radio.Group>
        {kind === 'safeguarding' && others.length > 0 ? (
          <NativeSelect
            label={text('call.about')}
            description={text('call.about_text')}
            value={about}
            data={[{ value: '', label: text('call.about_nobody') }, ...others.map((one) => ({ value: one.participant_id, label: one.display_name }))]}
            onChange={(event) => setAbout(event.currentTarget.value)}
            data-testid="call-about"
          />
        ) : null}
        <Textarea label={text('call.text')} autosize minRows={3} maxRows={8} maxLength={TEXT_MAX} value={words} onChange={(event) => setWords(event.currentTarget.value)} data-testid="call-text" />
        {state === 'failed' ? (
          <Alert variant="outline" color="var(--mantine-color-error)" role="alert">
            {text('call.failed')}
          </Alert>
        ) : null}
        <Group gap="sm">
          <Button type="submit" loading={state === 'sending'} disabled={words.trim() === '' || !connected} data-testid="call-send">
            {text('call.send')}
          </Button>
          <Button variant="default" onClick={onClose}>
            {text('app.cancel')}
          </Button>
        </Group>
        {connected ? null : <Text size="sm">{text('call.offline')}</Text>}
      </Stack>
    </form>
  );
}
