import { Button, Group, Modal, NativeSelect, NumberInput, Stack, Text, Textarea } from '@mantine/core';
import type { ReactElement, SubmitEvent } from 'react';
import { useState } from 'react';

import type { Problem } from '@/conductor/state';
import { useProblemText } from '@/hooks/use_problem_text';
import { useText } from '@/i18n/use_text';
import type { AttendanceStatus, NewCorrection, ReportPerson } from '@/protocol/records';

const STATUSES: readonly AttendanceStatus[] = ['present', 'late', 'left_early', 'partial', 'absent', 'excused'];
const REASON_MIN = 3;
const REASON_MAX = 500;
const MINUTES_MAX = 1_440;

export interface CorrectionDialogProps {
  readonly person: ReportPerson | null;
  readonly onClose: () => void;
  readonly onCorrect: (correction: NewCorrection) => Promise<Problem | null>;
}

/** A person's word beside what was measured, with a reason; nothing is overwritten. */
export function CorrectionDialog({ person, onClose, onCorrect }: CorrectionDialogProps): ReactElement {
  const { text } = useText();
  const [status, setStatus] = useState<AttendanceStatus>(STATUSES.find((one) => one === person?.attendance.status) ?? 'present');
  const [minutes, setMinutes] = useState<number | null>(null);
  const [reason, setReason] = useState('');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const words = useProblemText(problem);
  const ready = reason.trim().length >= REASON_MIN;
  const save = (event: SubmitEvent): void => {
    event.preventDefault();
    if (person === null || !ready || busy) return;
    setBusy(true);
    void onCorrect({ seat_id: person.seat_id, status, present_s: minutes === null ? null : minutes * 60, reason: reason.trim() }).then((failed) => {
      setBusy(false);
      setProblem(failed);
      if (failed === null) onClose();
    });
  };
  return (
    <Modal opened={person !== null} onClose={onClose} title={text('report.correct_named', { name: person?.display_name ?? '' })} closeButtonProps={{ 'aria-label': text('app.close') }} centered>
      <form onSubmit={save}>
        <Stack gap="md">
          <NativeSelect
            label={text('report.col.status')}
            value={status}
            data={STATUSES.map((one) => ({ value: one, label: text(`attendance.${one}`) }))}
            onChange={(event) => setStatus(STATUSES.find((one) => one === event.currentTarget.value) ?? 'present')}
            data-testid="correction-status"
          />
          <NumberInput
            label={text('report.minutes')}
            description={text('report.minutes_text')}
            min={0}
            max={MINUTES_MAX}
            allowDecimal={false}
            value={minutes ?? ''}
            onChange={(value) => setMinutes(value === '' ? null : Math.min(MINUTES_MAX, Math.max(0, Number(value) || 0)))}
          />
          <Textarea
            label={text('report.reason')}
            description={text('report.reason_text')}
            required
            minLength={REASON_MIN}
            maxLength={REASON_MAX}
            autosize
            minRows={2}
            value={reason}
            onChange={(event) => setReason(event.currentTarget.value)}
            data-testid="correction-reason"
          />
          {problem === null ? null : (
            <Text role="alert" c="var(--mantine-color-error)" data-testid="error-text">
              {words}
            </Text>
          )}
          <Group justify="flex-end">
            <Button type="submit" disabled={!ready} loading={busy} data-testid="correction-save">
              {text('report.save')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
