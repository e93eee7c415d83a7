import type { ReactElement, ReactNode } from 'react';

import { useText } from '@/i18n/use_text';

import { Icon } from './icons';
import { LanguageChoice } from './LookAndLanguage';
import classes from './Page.module.css';

/** The frame of every screen outside the room. */
export function Page({ children, wide = false }: { readonly children: ReactNode; readonly wide?: boolean }): ReactElement {
  const { text } = useText();
  return (
    <div className={classes['page']}>
      <header className={classes['header']}>
        <span className={classes['brand']}>
          <span className={classes['mark']} aria-hidden="true">
            <Icon name="people" size={18} />
          </span>
          {text('app.name')}
        </span>
        <LanguageChoice compact />
      </header>
      <main className={classes['main']} data-wide={wide}>
        {children}
      </main>
    </div>
  );
}
