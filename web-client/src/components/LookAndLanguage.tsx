import { NativeSelect, SegmentedControl, useMantineColorScheme } from '@mantine/core';
import type { ReactElement } from 'react';

import { LANGUAGES, setLanguage } from '@/i18n/texts';
import type { Language } from '@/i18n/texts';
import { useText } from '@/i18n/use_text';

const CODES = Object.keys(LANGUAGES) as Language[];

export function LanguageChoice({ compact = false }: { readonly compact?: boolean }): ReactElement {
  const { text, language } = useText();
  return (
    <NativeSelect
      size={compact ? 'xs' : 'sm'}
      {...(compact ? { 'aria-label': text('app.language') } : { label: text('app.language') })}
      data={CODES.map((code) => ({ value: code, label: LANGUAGES[code] }))}
      value={language}
      onChange={(event) => {
        const code = CODES.find((one) => one === event.currentTarget.value);
        if (code !== undefined) void setLanguage(code);
      }}
      data-testid="choose-language"
    />
  );
}

const SCHEMES = ['auto', 'light', 'dark'] as const;

export function LookChoice(): ReactElement {
  const { text } = useText();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <div>
      <div id="look-label" style={{ fontSize: 'var(--mantine-font-size-sm)', fontWeight: 500, marginBottom: 4 }}>
        {text('app.theme')}
      </div>
      <SegmentedControl
        fullWidth
        aria-labelledby="look-label"
        value={colorScheme}
        onChange={(value) => {
          const scheme = SCHEMES.find((one) => one === value);
          if (scheme !== undefined) setColorScheme(scheme);
        }}
        data={SCHEMES.map((value) => ({ value, label: text(`app.theme.${value}`) }))}
      />
    </div>
  );
}
