import { ActionIcon, Button, Group, Menu, Modal, Stack, Text } from '@mantine/core';
import type { ReactElement } from 'react';
import { useState } from 'react';

import type { PersonRow } from '@/conductor/people';
import { useLesson, useLessonVerbs, useMay } from '@/hooks/use_lesson';
import { usePersonTracks } from '@/hooks/use_person_tracks';
import { useText } from '@/i18n/use_text';
import type { Permission } from '@/protocol/messages.gen';

import type { IconName } from './icons';
import { Icon } from './icons';

interface Item {
  readonly icon: IconName;
  readonly label: string;
  readonly testId: string;
  readonly danger?: boolean;
  readonly run: () => void;
}

/** What staff can do about one person. Nothing here for those who may do nothing, nor about oneself but the spotlight. */
export function PersonMenu({ person }: { readonly person: PersonRow }): ReactElement | null {
  const { text } = useText();
  const [removing, setRemoving] = useState(false);
  const items = useItems(person, () => setRemoving(true));
  const permissions = usePermissionItems(person);
  if (items.length === 0) return null;
  return (
    <>
      <Menu position="bottom-end" shadow="md" withinPortal>
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" size="lg" aria-label={text('person.acts', { name: person.name })} data-testid={`person-acts-${person.participantId}`}>
            <Icon name="more" size={18} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {[...items.filter((one) => one.danger !== true), ...permissions].map((one) => (
            <MenuLine key={one.testId} item={one} />
          ))}
          <Menu.Divider />
          {items.filter((one) => one.danger === true).map((one) => (
            <MenuLine key={one.testId} item={one} />
          ))}
        </Menu.Dropdown>
      </Menu>
      <RemoveDialog person={person} opened={removing} onClose={() => setRemoving(false)} />
    </>
  );
}

function MenuLine({ item }: { readonly item: Item }): ReactElement {
  return (
    <Menu.Item
      leftSection={<Icon name={item.icon} size={18} />}
      onClick={item.run}
      data-testid={item.testId}
      {...(item.danger === true ? { color: 'var(--mantine-color-error)' } : {})}
    >
      {item.label}
    </Menu.Item>
  );
}

function useItems(person: PersonRow, askRemove: () => void): readonly Item[] {
  const { text } = useText();
  const verbs = useLessonVerbs();
  const spotlit = useLesson((lesson) => lesson.spotlight === person.participantId);
  const tracks = usePersonTracks(person.participantId);
  const may = { spotlight: useMay('spotlight'), mute: useMay('mute_others'), stop: useMay('stop_tracks'), remove: useMay('remove_people'), role: useMay('set_role') };
  const id = person.participantId;
  const items: Item[] = [];
  if (may.spotlight && person.role !== 'observer') {
    items.push({ icon: 'star', label: spotlit ? text('guide.spotlight_off') : text('person.spotlight'), testId: 'person-spotlight', run: () => void verbs.spotlight(spotlit ? null : id) });
  }
  if (person.self) return items;
  if (may.mute && person.mic) items.push({ icon: 'mic_off', label: text('person.mute'), testId: 'person-mute', run: () => void verbs.mute(id) });
  if (may.mute && !person.mic && person.role !== 'observer') {
    items.push({ icon: 'mic', label: text('person.ask_unmute'), testId: 'person-ask-unmute', run: () => void verbs.askUnmute(id) });
  }
  const { camera, screen } = tracks;
  if (may.stop && person.camera && camera !== null) items.push({ icon: 'camera_off', label: text('person.stop_camera'), testId: 'person-stop-camera', run: () => void verbs.stopTrack(camera) });
  if (may.stop && screen !== null) items.push({ icon: 'share', label: text('person.stop_share'), testId: 'person-stop-share', run: () => void verbs.stopTrack(screen) });
  if (may.role && person.role !== 'observer') {
    for (const role of (['instructor', 'assistant', 'student'] as const).filter((one) => one !== person.role)) {
      items.push({ icon: 'people', label: text(`person.make_${role}`), testId: `person-make-${role}`, run: () => void verbs.setRole(id, role) });
    }
  }
  if (may.remove) items.push({ icon: 'leave', label: text('person.remove'), testId: 'person-remove', danger: true, run: askRemove });
  return items;
}

const PERMITTED: readonly Permission[] = ['publish_screen', 'chat', 'draw'];

/** What this one person may do otherwise than other students. */
function usePermissionItems(person: PersonRow): readonly Item[] {
  const { text } = useText();
  const verbs = useLessonVerbs();
  const mayPermit = useMay('permit');
  const permissions = useLesson((lesson) => lesson.permissions);
  if (!mayPermit || person.role !== 'student' || person.self) return [];
  const own = permissions.people.find((one) => one.participant_id === person.participantId)?.changes ?? [];
  return PERMITTED.map((action) => {
    const change = own.find((one) => one.action === action) ?? permissions.students.find((one) => one.action === action);
    const allowed = change?.allowed ?? true;
    return {
      icon: allowed ? 'lock' : 'unlock',
      label: text(allowed ? `person.forbid.${action as 'chat'}` : `person.allow.${action as 'chat'}`),
      testId: `person-permit-${action}`,
      run: () => void verbs.permit(person.participantId, action, !allowed),
    };
  });
}

/** Sending someone out is asked back once, and says what happens next. */
function RemoveDialog({ person, opened, onClose }: { readonly person: PersonRow; readonly opened: boolean; readonly onClose: () => void }): ReactElement {
  const { text } = useText();
  const verbs = useLessonVerbs();
  const remove = (readmit: boolean): void => {
    onClose();
    void verbs.remove(person.participantId, readmit);
  };
  return (
    <Modal opened={opened} onClose={onClose} title={text('person.remove_title', { name: person.name })} closeButtonProps={{ 'aria-label': text('app.close') }} centered>
      <Stack gap="md">
        <Text size="sm">{text('person.remove_text')}</Text>
        <Group gap="sm">
          <Button color="var(--hr-danger)" onClick={() => remove(true)} data-testid="remove-readmit">
            {text('person.remove_readmit')}
          </Button>
          <Button variant="outline" color="var(--mantine-color-error)" onClick={() => remove(false)} data-testid="remove-final">
            {text('person.remove_final')}
          </Button>
          <Button variant="default" onClick={onClose}>
            {text('app.cancel')}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
