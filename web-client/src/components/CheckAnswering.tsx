import { Button, Checkbox, Radio, Stack, Textarea, TextInput } from '@mantine/core';
import type { ReactElement } from 'react';
import { useState } from 'react';

import { useAnswering } from '@/hooks/use_answering';
import { useText } from '@/i18n/use_text';
import type { Answer, Check } from '@/protocol/messages.gen';

import { CheckTimer } from './CheckTimer';
import classes from './Checks.module.css';
import { ExerciseField } from './ExerciseField';
import { Icon } from './icons';

const TEXT_MAX = 500;

/** One question with a place for the answer, large enough for a thumb. The same in the card and in the list. */
export function CheckAnswering({ check }: { readonly check: Check }): ReactElement {
  const { text } = useText();
  const answering = useAnswering(check);
  const { answer, ready, state } = answering;
  return (
    <form
      className={classes['answering']}
      data-testid={`check-${check.check_id}`}
      onSubmit={(event) => {
        event.preventDefault();
        answering.give();
      }}
    >
      <div className={classes['kicker']}>
        <span>{check.anonymous ? text('check_kind.anonymous', { kind: text(`check_kind.${check.kind}`) }) : text(`check_kind.${check.kind}`)}</span>
        <CheckTimer closesUtc={check.closes_utc} />
      </div>
      <p className={classes['prompt']}>{check.prompt}</p>
      <Field check={check} answer={answer} onAnswer={answering.change} parse={answering.parse} />
      <div className={classes['give']}>
        <Button type="submit" disabled={!ready} data-testid="answer-give" fullWidth>
          {answering.given ? text('answer.change') : text('answer.give')}
        </Button>
        <p className={classes['hint']} role="status" data-testid="answer-state" data-state={state}>
          {state === 'stored' ? <Icon name="check" size={16} /> : null}
          {state === 'none' ? '' : state === 'refused' ? answering.problem : text(`answer.${state}`)}
        </p>
      </div>
    </form>
  );
}

interface FieldProps {
  readonly check: Check;
  readonly answer: Answer;
  readonly onAnswer: (answer: Answer) => void;
  readonly parse: (written: string) => number | null;
}

function Field({ check, answer, onAnswer, parse }: FieldProps): ReactElement {
  const { text } = useText();
  const { kind } = check;
  if (kind === 'multiple') {
    return (
      <Checkbox.Group aria-label={check.prompt} value={[...answer.option_ids]} onChange={(ids) => onAnswer({ ...answer, option_ids: ids })}>
        <Stack gap={6}>
          {check.options.map((one) => (
            <Checkbox.Card key={one.option_id} value={one.option_id} className={classes['option'] ?? ''} data-testid={`option-${one.option_id}`}>
              <Checkbox.Indicator />
              <span>{one.text}</span>
            </Checkbox.Card>
          ))}
        </Stack>
      </Checkbox.Group>
    );
  }
  if (kind === 'poll' || kind === 'single' || kind === 'true_false') {
    return (
      <Radio.Group aria-label={check.prompt} value={answer.option_ids[0] ?? ''} onChange={(id) => onAnswer({ ...answer, option_ids: [id] })}>
        <Stack gap={6}>
          {check.options.map((one) => (
            <Radio.Card key={one.option_id} value={one.option_id} className={classes['option'] ?? ''} data-testid={`option-${one.option_id}`}>
              <Radio.Indicator />
              <span>{kind === 'true_false' ? text(`truth.${one.option_id === 'true' ? 'true' : 'false'}`) : one.text}</span>
            </Radio.Card>
          ))}
        </Stack>
      </Radio.Group>
    );
  }
  if (kind === 'exercise') return <ExerciseField check={check} answer={answer} onAnswer={onAnswer} />;
  if (kind === 'number') return <NumberField check={check} answer={answer} onAnswer={onAnswer} parse={parse} />;
  return (
    <Textarea
      aria-label={check.prompt}
      placeholder={text('answer.write')}
      autosize
      minRows={2}
      maxRows={8}
      maxLength={TEXT_MAX}
      value={answer.text}
      onChange={(event) => onAnswer({ ...answer, text: event.currentTarget.value })}
      data-testid="answer-text"
    />
  );
}

/** The field holds what was typed, also while it is not a number yet ("-", "3,"). */
function NumberField({ check, answer, onAnswer, parse }: FieldProps): ReactElement {
  const { text } = useText();
  const [written, setWritten] = useState(answer.number === null ? '' : String(answer.number));
  return (
    <TextInput
      aria-label={check.prompt}
      placeholder={text('answer.number')}
      inputMode="decimal"
      autoComplete="off"
      value={written}
      error={written.trim() !== '' && parse(written) === null ? text('answer.no_number') : undefined}
      onChange={(event) => {
        setWritten(event.currentTarget.value);
        onAnswer({ ...answer, number: parse(event.currentTarget.value) });
      }}
      data-testid="answer-number"
    />
  );
}
