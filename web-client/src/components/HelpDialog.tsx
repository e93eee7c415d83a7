import { Kbd, Modal, Table, Text } from '@mantine/core';
import type { ReactElement } from 'react';

import { useText } from '@/i18n/use_text';

const KEYS = ['m', 'v', 's', 'p', 'l'] as const;

export function HelpDialog({ opened, onClose }: { readonly opened: boolean; readonly onClose: () => void }): ReactElement {
  const { text } = useText();
  return (
    <Modal opened={opened} onClose={onClose} title={text('help.title')} closeButtonProps={{ 'aria-label': text('app.close') }} centered>
      <Table>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{text('help.key')}</Table.Th>
            <Table.Th>{text('help.does')}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {KEYS.map((key) => (
            <Table.Tr key={key}>
              <Table.Td>
                <Kbd>{key.toUpperCase()}</Kbd>
              </Table.Td>
              <Table.Td>{text(`help.${key}`)}</Table.Td>
            </Table.Tr>
          ))}
          <Table.Tr>
            <Table.Td>{text('help.pages_keys')}</Table.Td>
            <Table.Td>{text('help.pages')}</Table.Td>
          </Table.Tr>
          <Table.Tr>
            <Table.Td>
              <Kbd>?</Kbd>
            </Table.Td>
            <Table.Td>{text('help.question')}</Table.Td>
          </Table.Tr>
        </Table.Tbody>
      </Table>
      <Text size="sm" c="dimmed" mt="md">
        {text('help.off')}
      </Text>
    </Modal>
  );
}
