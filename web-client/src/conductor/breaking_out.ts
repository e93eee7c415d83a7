/** The verbs of the breakout groups. What stands is `lesson.breakouts`; a press either works or the person reads why not. */
import { Refused } from '@/protocol/errors';
import type { BreakoutMode, GroupPlan } from '@/protocol/messages.gen';
import type { Answer, Outgoing } from '@/protocol/requests';

import { Store } from './store';

export interface BreakingOutDeps {
  readonly send: (message: Outgoing) => Promise<Answer>;
  readonly newKey: () => string;
  readonly notice: (code: string, text: string) => void;
}

export interface Broadcast {
  readonly byId: string;
  readonly text: string;
}

export interface OpenPlan {
  readonly groups: readonly GroupPlan[];
  readonly mode: BreakoutMode;
  readonly seconds: number | null;
  readonly prompt: string;
}

export class BreakingOut {
  /** What staff said to all groups, until the person closes it. */
  readonly said = new Store<Broadcast | null, Broadcast | null>((_, next) => next, null);

  constructor(private readonly deps: BreakingOutDeps) {}

  heard(byId: string, text: string): void {
    this.said.dispatch({ byId, text });
  }

  closeSaid(): void {
    this.said.dispatch(null);
  }

  open(plan: OpenPlan): Promise<boolean> {
    return this.ask({ type: 'breakout_open', key: this.deps.newKey(), ...plan });
  }

  move(participantId: string, groupId: string | null): Promise<boolean> {
    return this.ask({ type: 'breakout_move', participant_id: participantId, group_id: groupId });
  }

  choose(groupId: string): Promise<boolean> {
    return this.ask({ type: 'breakout_choose', group_id: groupId });
  }

  visit(groupId: string | null): Promise<boolean> {
    return this.ask({ type: 'breakout_visit', group_id: groupId });
  }

  say(text: string): Promise<boolean> {
    return this.ask({ type: 'breakout_say', text });
  }

  callForHelp(): Promise<boolean> {
    return this.ask({ type: 'breakout_help' });
  }

  end(): Promise<boolean> {
    return this.ask({ type: 'breakout_end' });
  }

  private async ask(message: Outgoing): Promise<boolean> {
    try {
      await this.deps.send(message);
      return true;
    } catch (error) {
      if (error instanceof Refused) this.deps.notice(error.code, error.text);
      else this.deps.notice('unanswered', '');
      return false;
    }
  }
}
