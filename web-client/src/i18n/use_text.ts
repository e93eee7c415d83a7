import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';

import type { Language, TextKey } from './texts';
import { firstLanguage } from './texts';

type Base<K> = K extends `${infer B}_one` ? B : K extends `${infer B}_other` ? B : K;
export type Text = (key: Base<TextKey>, values?: Readonly<Record<string, string | number>>) => string;

/** The words of the chosen language; keys are checked by the compiler. */
export function useText(): { readonly text: Text; readonly language: Language } {
  const { t, i18n } = useTranslation();
  const text = useCallback<Text>((key, values) => t(key as string, { ...values }), [t]);
  return { text, language: firstLanguage(i18n.language, []) };
}
