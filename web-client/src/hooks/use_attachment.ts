import { useEffect, useRef, useState } from 'react';

import { problemOfError } from '@/conductor/answering';

import { useConductor } from './conductor_context';
import { useProblemText } from './use_problem_text';

export interface Attachment {
  /** 0 to 1 while it goes up; null: nothing is under way. */
  readonly part: number | null;
  readonly problem: string;
  readonly attach: (file: File) => void;
}

/** A file that belongs to an answer: uploaded first, then named in the answer. Ends with the question that asked for it. */
export function useAttachment(attached: (materialId: string) => void): Attachment {
  const { records } = useConductor();
  const [part, setPart] = useState<number | null>(null);
  const [problem, setProblem] = useState<{ readonly code: string; readonly text: string } | null>(null);
  const running = useRef<AbortController | null>(null);
  useEffect(() => () => running.current?.abort(), []);
  const attach = (file: File): void => {
    running.current?.abort();
    const abort = new AbortController();
    running.current = abort;
    setProblem(null);
    setPart(0);
    records.upload(file, setPart, abort.signal).then(
      (material) => {
        if (abort.signal.aborted) return;
        setPart(null);
        attached(material.material_id);
      },
      (error: unknown) => {
        if (abort.signal.aborted) return;
        setPart(null);
        setProblem(problemOfError(error));
      },
    );
  };
  return { part, problem: useProblemText(problem), attach };
}
