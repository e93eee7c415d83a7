import type { CSSVariablesResolver, MantineColorsTuple } from '@mantine/core';
import { createTheme } from '@mantine/core';

/** A quiet green-blue; shade 7 on white and white on shade 7 reach 5.8:1. */
const pine: MantineColorsTuple = [
  '#eef6f5',
  '#dcebe9',
  '#b7d6d2',
  '#8fc0ba',
  '#6dada6',
  '#569f97',
  '#3f8780',
  '#2f6f6a',
  '#265b57',
  '#1b4743',
];

export const theme = createTheme({
  primaryColor: 'pine',
  primaryShade: 7,
  colors: { pine },
  defaultRadius: 'md',
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif',
  headings: { fontWeight: '650' },
  cursorType: 'pointer',
  respectReducedMotion: true,
});

/** Mantine's own dimmed and error colours miss 4.5:1 on its backgrounds. */
export const contrast: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-dimmed': '#545e68',
    '--mantine-color-error': '#b3261e',
    '--mantine-color-placeholder': '#66707a',
    '--mantine-color-anchor': '#265b57',
  },
  dark: {
    '--mantine-color-dimmed': '#adb6bf',
    '--mantine-color-error': '#ff9b94',
    '--mantine-color-placeholder': '#9aa3ac',
    '--mantine-color-anchor': '#8fc0ba',
  },
});
