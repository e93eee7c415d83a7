import { ActionIcon, Button, Checkbox, Group, NativeSelect, Radio, SegmentedControl, Switch, Textarea, TextInput } from '@mantine/core';
import type { ReactElement } from 'react';
import { useState } from 'react';

import type { CheckDraft } from '@/classroom/check_draft';
import { changeOption, hasOptions, OPTIONS_MAX, OPTIONS_MIN, problemOf, specOf, useCheckDraft, withOption, withoutOption } from '@/hooks/use_check_draft';
import { useConnected, useLessonVerbs } from '@/hooks/use_lesson';
import { useText } from '@/i18n/use_text';
import type { CheckKind, CheckSpec } from '@/protocol/messages.gen';
import type { SavedCheck } from '@/protocol/records';

import classes from './Checks.module.css';
import { Icon } from './icons';
import { PanelScroll } from './SidePanel';

const KINDS: readonly CheckKind[] = ['single', 'multiple', 'true_false', 'poll', 'number', 'short_text', 'exercise'];
const TIMES: readonly (number | null)[] = [null, 30, 60, 120, 300, 600];
const PROMPT_MAX = 2_000;
const OPTION_MAX = 300;

export interface CheckComposerProps {
  readonly onDone: () => void;
  /** Keeps it for later instead; false: that did not work. */
  readonly onSave: (check: Omit<SavedCheck, 'saved_id'>) => Promise<boolean>;
}

/** A new question, from the first letter to asked. */
export function CheckComposer({ onDone, onSave }: CheckComposerProps): ReactElement {
  const { text } = useText();
  const verbs = useLessonVerbs();
  const connected = useConnected();
  const { draft, set, clear } = useCheckDraft();
  const [busy, setBusy] = useState(false);
  const problem = problemOf(draft);
  const finish = async (run: (spec: CheckSpec) => Promise<boolean>): Promise<void> => {
    const spec = specOf(draft);
    if (spec === null || busy) return;
    setBusy(true);
    const done = await run(spec);
    setBusy(false);
    if (!done) return;
    clear();
    onDone();
  };
  const ask = (): Promise<void> => finish((spec) => verbs.checkOpen(spec, draft.seconds, draft.anonymous));
  const keep = (): Promise<void> => finish((spec) => onSave({ spec, seconds: draft.seconds, anonymous: draft.anonymous }));
  return (
    <PanelScroll label={text('checks.new')}>
      <form
        className={classes['composer']}
        data-testid="check-composer"
        onSubmit={(event) => {
          event.preventDefault();
          void ask();
        }}
      >
        <NativeSelect
          label={text('compose.kind')}
          value={draft.kind}
          data={KINDS.map((kind) => ({ value: kind, label: text(`check_kind.${kind}`) }))}
          onChange={(event) => set({ ...draft, kind: KINDS.find((one) => one === event.currentTarget.value) ?? 'single' })}
          data-testid="compose-kind"
        />
        <Textarea
          label={text('compose.prompt')}
          autosize
          minRows={2}
          maxRows={6}
          maxLength={PROMPT_MAX}
          value={draft.prompt}
          onChange={(event) => set({ ...draft, prompt: event.currentTarget.value })}
          data-testid="compose-prompt"
        />
        <RightFields draft={draft} set={set} />
        <NativeSelect
          label={text('compose.time')}
          value={draft.seconds ?? 0}
          data={TIMES.map((one) => ({ value: String(one ?? 0), label: timeWords(one, text) }))}
          onChange={(event) => set({ ...draft, seconds: Number(event.currentTarget.value) || null })}
          data-testid="compose-time"
        />
        <Switch
          label={text('compose.anonymous')}
          description={text('compose.anonymous_text')}
          checked={draft.anonymous}
          onChange={(event) => set({ ...draft, anonymous: event.currentTarget.checked })}
          data-testid="compose-anonymous"
        />
        <Group gap="sm">
          <Button type="submit" disabled={problem !== null || !connected} loading={busy} data-testid="compose-ask">
            {text('compose.ask')}
          </Button>
          <Button variant="default" disabled={problem !== null || busy} onClick={() => void keep()} data-testid="compose-save">
            {text('compose.save')}
          </Button>
          <Button variant="subtle" color="gray" onClick={onDone} data-testid="compose-back">
            {text('app.back')}
          </Button>
        </Group>
        <p className={classes['hint']} role="status">
          {problem === null ? '' : text(`compose.missing.${problem}`)}
        </p>
      </form>
    </PanelScroll>
  );
}

function timeWords(seconds: number | null, text: ReturnType<typeof useText>['text']): string {
  if (seconds === null) return text('checks.no_time');
  return seconds < 60 ? text('checks.seconds', { count: seconds }) : text('checks.minutes', { count: seconds / 60 });
}

interface FieldsProps {
  readonly draft: CheckDraft;
  readonly set: (draft: CheckDraft) => void;
}

/** What can be chosen, and what is right. */
function RightFields({ draft, set }: FieldsProps): ReactElement | null {
  const { text } = useText();
  if (hasOptions(draft.kind)) return <Options draft={draft} set={set} />;
  switch (draft.kind) {
    case 'true_false':
      return (
        <SegmentedControl
          aria-label={text('compose.right')}
          value={draft.truth ?? 'none'}
          data={[
            { value: 'none', label: '?' },
            { value: 'true', label: text('truth.true') },
            { value: 'false', label: text('truth.false') },
          ]}
          onChange={(value) => set({ ...draft, truth: value === 'true' || value === 'false' ? value : null })}
        />
      );
    case 'number':
      return (
        <Group gap="sm" grow>
          <TextInput label={text('compose.number')} inputMode="decimal" value={draft.number} onChange={(event) => set({ ...draft, number: event.currentTarget.value })} data-testid="compose-number" />
          <TextInput label={text('compose.tolerance')} inputMode="decimal" placeholder="0" value={draft.tolerance} onChange={(event) => set({ ...draft, tolerance: event.currentTarget.value })} />
        </Group>
      );
    case 'short_text':
      return (
        <Textarea
          label={text('compose.texts')}
          description={text('compose.texts_hint')}
          autosize
          minRows={2}
          value={draft.texts}
          onChange={(event) => set({ ...draft, texts: event.currentTarget.value })}
        />
      );
    default:
      return null;
  }
}

function Options({ draft, set }: FieldsProps): ReactElement {
  const { text } = useText();
  const Mark = draft.kind === 'single' ? Radio : Checkbox;
  return (
    <fieldset style={{ border: 0, margin: 0, padding: 0, display: 'flex', flexDirection: 'column', gap: 8 }}>
      <legend className={classes['hint']}>{draft.kind === 'poll' ? text('compose.options') : text('compose.options_right')}</legend>
      {draft.options.map((one, index) => (
        <div key={one.id} className={classes['choice']}>
          {draft.kind === 'poll' ? (
            <span />
          ) : (
            <Mark
              name="right"
              aria-label={text('compose.option_right', { number: index + 1 })}
              checked={one.right}
              onChange={(event) => set(changeOption(draft, one.id, { right: event.currentTarget.checked }))}
              data-testid={`compose-right-${index + 1}`}
            />
          )}
          <TextInput
            aria-label={text('compose.option', { number: index + 1 })}
            placeholder={text('compose.option', { number: index + 1 })}
            maxLength={OPTION_MAX}
            value={one.text}
            onChange={(event) => set(changeOption(draft, one.id, { text: event.currentTarget.value }))}
            data-testid={`compose-option-${index + 1}`}
          />
          {draft.options.length <= OPTIONS_MIN ? null : (
            <ActionIcon variant="subtle" color="gray" aria-label={text('compose.option_remove', { number: index + 1 })} onClick={() => set(withoutOption(draft, one.id))}>
              <Icon name="close" size={16} />
            </ActionIcon>
          )}
        </div>
      ))}
      {draft.options.length >= OPTIONS_MAX ? null : (
        <Button variant="subtle" size="compact-sm" leftSection={<Icon name="plus" size={16} />} onClick={() => set(withOption(draft))} style={{ alignSelf: 'flex-start' }} data-testid="compose-more">
          {text('compose.option_add')}
        </Button>
      )}
    </fieldset>
  );
}
