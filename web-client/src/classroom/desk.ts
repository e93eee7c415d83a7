/** Which of the class's panels is open on this page. One at a time: a phone has room for no more, and nothing jumps. */

export const PANELS = ['people', 'chat', 'checks', 'groups', 'materials'] as const;
export type PanelName = (typeof PANELS)[number];

export interface Desk {
  readonly panel: PanelName | null;
  /** A question whose result was shown to all just now, until the person closes it or the next one is asked. */
  readonly resultId: string | null;
}

export const firstDesk: Desk = { panel: null, resultId: null };
