import { ActionIcon, Alert, Button, FileButton, Loader, Progress, Text } from '@mantine/core';
import type { ReactElement } from 'react';
import { useState } from 'react';

import type { Uploading } from '@/conductor/material_list';
import { useApp, useConductor } from '@/hooks/conductor_context';
import { useMayOpenBoard } from '@/hooks/use_board_facts';
import { useBoarding } from '@/hooks/use_boards';
import { useConnected, useIsStaff } from '@/hooks/use_lesson';
import { saveFile } from '@/hooks/save_file';
import { canBeSheet, useFreshMaterials, useMaterialList, useMaterials } from '@/hooks/use_materials';
import { hasText } from '@/i18n/texts';
import { useText } from '@/i18n/use_text';
import type { Material } from '@/protocol/records';

import { Icon } from './icons';
import classes from './MaterialsPanel.module.css';
import { PanelScroll, SidePanel } from './SidePanel';
import { sizeOf } from './sizes';

/** What the server accepts by content; a hint for the file dialog, the server decides. */
const ACCEPT = '.pdf,.png,.jpg,.jpeg,.gif,.webp,.txt,.docx,.pptx,.xlsx,.odt,.odp,.ods,.mp3,.wav,.ogg,.mp4,.webm';

/** The files of the class: to open, to draw on, to hand in. */
export function MaterialsPanel({ onClose }: { readonly onClose: () => void }): ReactElement {
  const { text } = useText();
  const list = useMaterialList();
  const materials = useMaterials();
  const observer = useApp((state) => state.me?.role === 'observer');
  const staff = useIsStaff();
  const connected = useConnected();
  useFreshMaterials();
  const { problem } = materials;
  return (
    <SidePanel
      title={text('materials.title')}
      testId="materials-panel"
      onClose={onClose}
      foot={
        observer ? undefined : (
          <>
            <FileButton multiple accept={ACCEPT} onChange={(files) => list.upload(files)} inputProps={{ 'aria-label': text('materials.upload') }}>
              {(props) => (
                <Button {...props} fullWidth disabled={!connected} data-testid="material-upload">
                  {staff ? text('materials.upload') : text('materials.hand_in')}
                </Button>
              )}
            </FileButton>
            <Text size="xs" c="dimmed" mt={6}>
              {staff ? text('materials.limit', { size: 50 }) : text('materials.limit_student', { size: 10 })}
            </Text>
          </>
        )
      }
    >
      <PanelScroll label={text('materials.title')}>
        {problem === null ? null : (
          <Alert variant="outline" color="var(--mantine-color-error)" role="alert" withCloseButton closeButtonLabel={text('app.close')} onClose={() => list.closeProblem()} data-testid="error-text">
            <Problem code={problem.code} words={problem.text} />
          </Alert>
        )}
        {materials.uploads.map((one) => (
          <Upload key={one.key} upload={one} onDismiss={() => list.dismiss(one.key)} />
        ))}
        {materials.state === 'unknown' || materials.state === 'loading' ? (
          <Loader size="sm" aria-label={text('app.loading')} />
        ) : materials.state === 'failed' ? (
          <Button variant="default" onClick={() => void list.load()}>
            {text('app.try_again')}
          </Button>
        ) : materials.list.length === 0 ? (
          <Text size="sm" c="dimmed">
            {text('materials.none')}
          </Text>
        ) : (
          <ul className={classes['list']}>
            {materials.list.map((one) => (
              <File key={one.material_id} material={one} />
            ))}
          </ul>
        )}
      </PanelScroll>
    </SidePanel>
  );
}

function Problem({ code, words }: { readonly code: string; readonly words: string }): ReactElement {
  const { text } = useText();
  const key = `materials.problem.${code}`;
  return <>{hasText(key) ? text(key as 'materials.problem.too_large') : words === '' ? text('refused.unreachable') : words}</>;
}

function Upload({ upload, onDismiss }: { readonly upload: Uploading; readonly onDismiss: () => void }): ReactElement {
  const { text } = useText();
  const percent = Math.round(upload.part * 100);
  return (
    <div className={classes['upload']} data-testid="material-uploading">
      <div className={classes['row']}>
        <span className={classes['name']}>{upload.name}</span>
        <ActionIcon variant="subtle" color="gray" aria-label={upload.problem === null ? text('materials.stop') : text('app.close')} onClick={onDismiss}>
          <Icon name="close" size={18} />
        </ActionIcon>
      </div>
      {upload.problem === null ? (
        <Progress value={percent} aria-label={text('materials.uploading', { name: upload.name })} />
      ) : (
        <Text size="sm" c="var(--mantine-color-error)" role="alert" data-testid="error-text">
          <Problem code={upload.problem.code} words={upload.problem.text} />
        </Text>
      )}
    </div>
  );
}

function File({ material }: { readonly material: Material }): ReactElement {
  const { text, language } = useText();
  const list = useMaterialList();
  const boarding = useBoarding();
  const { sheets } = useConductor();
  const staff = useIsStaff();
  const own = useApp((state) => state.me?.displayName === material.uploaded_by.display_name && state.me.role === 'student');
  const mayShow = useMayOpenBoard() && staff && canBeSheet(material.media_type);
  const [busy, setBusy] = useState(false);
  const save = async (): Promise<void> => {
    setBusy(true);
    const file = await list.file(material.material_id);
    setBusy(false);
    if (file !== null) saveFile(file, material.name);
  };
  const show = async (): Promise<void> => {
    setBusy(true);
    // A file that cannot be read still opens as one page, and the page says what is wrong with it.
    const pages = await sheets.pageCount(material.material_id).catch(() => 1);
    await boarding.openMaterial(material.material_id, Math.min(pages, 200));
    setBusy(false);
  };
  return (
    <li className={classes['file']} data-testid="material" data-name={material.name}>
      <div className={classes['row']}>
        <span className={classes['name']}>{material.name}</span>
      </div>
      <Text size="xs" c="dimmed">
        {[sizeOf(material.bytes, language), material.uploaded_by.display_name, material.audience === 'staff' ? text('materials.staff_only') : '']
          .filter((one) => one !== '')
          .join(' · ')}
      </Text>
      <div className={classes['actions']}>
        {mayShow ? (
          <Button size="xs" loading={busy} onClick={() => void show()} aria-label={text('materials.show_named', { name: material.name })} data-testid="material-show">
            {text('materials.show')}
          </Button>
        ) : null}
        <Button size="xs" variant="default" loading={busy} onClick={() => void save()} aria-label={text('materials.save_named', { name: material.name })} data-testid="material-save">
          {text('materials.save')}
        </Button>
        {staff || own ? (
          <Button size="xs" variant="subtle" color="gray" onClick={() => void list.remove(material.material_id)} aria-label={text('materials.remove_named', { name: material.name })} data-testid="material-remove">
            {text('materials.remove')}
          </Button>
        ) : null}
      </div>
    </li>
  );
}
