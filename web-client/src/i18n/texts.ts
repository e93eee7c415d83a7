/** Which language the page speaks, and the words of it. Both languages are in the bundle: no request, no flicker. */
import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';

import { de } from './de';
import type { TextKey } from './en';
import { en } from './en';

export type { TextKey };

export const LANGUAGES = { en: 'English', de: 'Deutsch' } as const;
export type Language = keyof typeof LANGUAGES;

const KEY = 'homeroom-language';

const isLanguage = (value: string): value is Language => Object.hasOwn(LANGUAGES, value);

function remembered(): string | null {
  try {
    return window.localStorage.getItem(KEY);
  } catch {
    return null;
  }
}

/** The person's choice, else the first of the browser's languages that we have, else English. */
export function firstLanguage(chosen: string | null, browser: readonly string[]): Language {
  const short = [chosen ?? '', ...browser].map((one) => one.slice(0, 2).toLowerCase());
  return short.find(isLanguage) ?? 'en';
}

export async function startTexts(): Promise<void> {
  const language = firstLanguage(remembered(), navigator.languages);
  document.documentElement.lang = language;
  await i18next.use(initReactI18next).init({
    lng: language,
    fallbackLng: 'en',
    resources: { en: { translation: en }, de: { translation: de } },
    keySeparator: false,
    nsSeparator: false,
    // React escapes by itself.
    interpolation: { escapeValue: false },
    initAsync: false,
  });
}

export async function setLanguage(language: Language): Promise<void> {
  document.documentElement.lang = language;
  try {
    window.localStorage.setItem(KEY, language);
  } catch {
    // Only the memory of it is lost.
  }
  await i18next.changeLanguage(language);
}

export function hasText(key: string): key is TextKey {
  return Object.hasOwn(en, key);
}
