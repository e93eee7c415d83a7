import { Modal, Stack, Switch, Text } from '@mantine/core';
import type { ReactElement } from 'react';

import { useConnected, useLesson, useLessonVerbs } from '@/hooks/use_lesson';
import { useText } from '@/i18n/use_text';
import type { Permission } from '@/protocol/messages.gen';

const ALL: readonly Permission[] = ['publish_mic', 'publish_camera', 'publish_screen', 'chat', 'react', 'raise_hand', 'draw'];

/** What students may do, all of them at once. Single people can be allowed more or less in the list of people. */
export function PermissionsDialog({ opened, onClose }: { readonly opened: boolean; readonly onClose: () => void }): ReactElement {
  const { text } = useText();
  const verbs = useLessonVerbs();
  const connected = useConnected();
  const changes = useLesson((lesson) => lesson.permissions.students);
  const allowed = (action: Permission): boolean => changes.find((one) => one.action === action)?.allowed ?? true;
  return (
    <Modal opened={opened} onClose={onClose} title={text('permit.title')} closeButtonProps={{ 'aria-label': text('app.close') }} centered>
      <Stack gap="sm" data-testid="permissions">
        <Text size="sm" c="dimmed">
          {text('permit.text')}
        </Text>
        {ALL.map((action) => (
          <Switch
            key={action}
            label={text(`permit.${action}`)}
            checked={allowed(action)}
            disabled={!connected}
            onChange={(event) => void verbs.permit(null, action, event.currentTarget.checked)}
            data-testid={`permit-${action}`}
          />
        ))}
      </Stack>
    </Modal>
  );
}
