import type { ReactElement } from 'react';

import { useApp } from '@/hooks/conductor_context';
import { useText } from '@/i18n/use_text';

/** Says the news of the class to those who hear it; gathered and spaced by classroom/announce. */
export function LiveRegion(): ReactElement {
  const { text } = useText();
  const said = useApp((state) => state.announcement);
  const words = ((): string => {
    if (said === null) return '';
    const { kind, name, others } = said;
    const many = others > 0 && (kind === 'joined' || kind === 'left');
    return many ? text(`say.${kind}_more`, { name, count: others }) : text(`say.${kind}`, { name });
  })();
  return (
    <div className="hr-hidden" role="status" aria-live="polite" data-testid="live-region">
      <span key={said?.id}>{words}</span>
    </div>
  );
}
