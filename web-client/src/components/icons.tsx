/** Line icons of one weight. Decoration only: the control that holds one carries the words. */
import type { ReactElement } from 'react';

const PATHS = {
  mic: 'M12 3a3 3 0 0 0-3 3v6a3 3 0 0 0 6 0V6a3 3 0 0 0-3-3ZM5.5 11.5a6.5 6.5 0 0 0 13 0M12 18v3',
  mic_off: 'M9 9v3a3 3 0 0 0 4.6 2.5M15 10.5V6a3 3 0 0 0-5.7-1.3M5.5 11.5A6.5 6.5 0 0 0 16 16.6M18.5 11.5c0 .9-.2 1.800-.500 2.500M12 18v3M4 4l16 16',
  camera: 'M4 7h9a2 2 0 0 1 2 2v6a2 2 0 0 1-2 2H4a2 2 0 0 1-2-2V9a2 2 0 0 1 2-2ZM15 11l5.500-3.200v8.400L15 13',
  camera_off: 'M9.500 7H13a2 2 0 0 1 2 2v3.500M15 15.500a2 2 0 0 1-2 1.500H4a2 2 0 0 1-2-2V9a2 2 0 0 1 2-2M15 11l5.500-3.200v8.400L17 14.200M3 3l18 18',
  share: 'M4 5h16a1 1 0 0 1 1 1v10a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V6a1 1 0 0 1 1-1ZM8 20.500h8M12 14V8.500M9.500 10.800 12 8.300l2.500 2.500',
  people: 'M9 11a3.200 3.200 0 1 0 0-6.400A3.200 3.200 0 0 0 9 11ZM3 19.500c0-3.300 2.700-5.500 6-5.500s6 2.200 6 5.500M16 5a3 3 0 0 1 0 5.800M17.500 14.300c2.100.7 3.500 2.600 3.500 5.200',
  grid: 'M4 4h6.500v6.500H4ZM13.500 4H20v6.500h-6.500ZM4 13.500h6.500V20H4ZM13.500 13.500H20V20h-6.500Z',
  speaker_view: 'M3.500 4.500h17v10h-17ZM3.500 18h4v2h-4ZM10 18h4v2h-4ZM16.500 18h4v2h-4Z',
  settings: 'M4 7h9M17 7h3M4 17h3M11 17h9M15 9a2 2 0 1 0 0-4 2 2 0 0 0 0 4ZM9 19a2 2 0 1 0 0-4 2 2 0 0 0 0 4Z',
  help: 'M9 9.200a3 3 0 1 1 4.500 2.600c-1 .6-1.500 1.200-1.500 2.200M12 17.500v.1M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18Z',
  leave: 'M14 4H6a1 1 0 0 0-1 1v14a1 1 0 0 0 1 1h8M11 12h9.500M17.500 8.500 21 12l-3.500 3.500',
  next: 'M9 5l7 7-7 7',
  previous: 'M15 5l-7 7 7 7',
  close: 'M6 6l12 12M18 6 6 18',
  network: 'M4 19v-3M9.300 19v-7M14.600 19V8.500M20 19V5',
  fullscreen: 'M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5',
  sound: 'M4 9.500v5h3.500L12 18.500v-13L7.500 9.500ZM15.500 9a4.500 4.500 0 0 1 0 6M18 6.500a8 8 0 0 1 0 11',
  check: 'M5 12.500 10 17.500 19 7',
  search: 'M11 17a6 6 0 1 0 0-12 6 6 0 0 0 0 12ZM15.500 15.500 20 20',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 20 }: { readonly name: IconName; readonly size?: number }): ReactElement {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth={1.8}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
