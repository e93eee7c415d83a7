import { hasText } from '@/i18n/texts';
import { useText } from '@/i18n/use_text';

/** What a refusal means for a person: our own words for its code, else the server's sentence. */
export function useProblemText(problem: { readonly code: string; readonly text: string } | null): string {
  const { text } = useText();
  if (problem === null) return '';
  // Inside the class a code may mean something else than at its door.
  const inside = `notice.${problem.code}`;
  if (hasText(inside)) return text(inside as 'notice.too_many');
  const key = `refused.${problem.code}`;
  return hasText(key) ? text(key as 'refused.busy') : problem.text || text('refused.unanswered');
}
