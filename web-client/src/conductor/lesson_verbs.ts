/**
 * What a person can do in the class itself. Each verb says it to the server and leaves the outcome to what the server says
 * back: the page never believes itself. What the person wrote goes through the outbox and is never lost.
 */
import type { PanelName } from '@/classroom/desk';
import type { OutboxEvent } from '@/classroom/outbox';
import { isFull } from '@/classroom/outbox';
import { Refused } from '@/protocol/errors';
import type {
  Answer as CheckAnswer,
  ChatRules,
  CheckSpec,
  HelpKind,
  Permission,
  PulseValue,
  Reaction,
  Role,
  Source,
} from '@/protocol/messages.gen';
import type { Answer, Outgoing } from '@/protocol/requests';

import { OutboxSender } from './outbox_sender';
import type { Action, AppState } from './state';
import type { Store } from './store';

export interface LessonVerbsDeps {
  readonly store: Store<AppState, Action>;
  readonly send: (message: Outgoing) => Promise<Answer>;
  readonly later: (ms: number, run: () => void) => void;
  readonly random: () => number;
  readonly newKey: () => string;
}

export class LessonVerbs {
  private readonly sender: OutboxSender;

  constructor(private readonly deps: LessonVerbsDeps) {
    const { store } = deps;
    this.sender = new OutboxSender({
      ...deps,
      isInside: () => store.get().connection === 'open' && store.get().phase === 'room',
      outbox: () => store.get().outbox,
      tell: (event) => this.outbox(event),
    });
  }

  /** The connection is back, or the door opened. */
  flush(): void {
    void this.sender.flush();
  }

  // --- everybody ------------------------------------------------------------------------------------------------------

  hand(raised: boolean): Promise<boolean> {
    return this.say({ type: 'hand', raised });
  }

  react(reaction: Reaction): Promise<boolean> {
    return this.say({ type: 'react', reaction });
  }

  async pulse(value: PulseValue | null): Promise<void> {
    if (await this.say({ type: 'pulse', value })) this.deps.store.dispatch({ type: 'own_pulse', value });
  }

  askHelp(kind: HelpKind, text: string, about: string | null): Promise<boolean> {
    return this.say({ type: 'ask_help', key: this.deps.newKey(), kind, text, about_participant_id: about });
  }

  // --- chat -----------------------------------------------------------------------------------------------------------

  draft(text: string): void {
    this.deps.store.dispatch({ type: 'draft', text });
  }

  /** False: too much waits already. */
  chat(to: string, text: string): boolean {
    const words = text.trim();
    if (words === '') return true;
    if (isFull(this.deps.store.get().outbox)) return false;
    this.outbox({ type: 'put', unsent: { kind: 'chat', key: this.deps.newKey(), to, text: words, refused: null, stored: false } });
    this.flush();
    return true;
  }

  retry(key: string): void {
    this.outbox({ type: 'retry', key });
    this.flush();
  }

  drop(key: string): void {
    this.outbox({ type: 'dropped', key });
  }

  chatEdit(chatId: string, text: string): Promise<boolean> {
    return this.say({ type: 'chat_edit', chat_id: chatId, text: text.trim() });
  }

  chatDelete(chatId: string): Promise<boolean> {
    return this.say({ type: 'chat_delete', chat_id: chatId });
  }

  chatRelease(chatId: string): Promise<boolean> {
    return this.say({ type: 'chat_release', chat_id: chatId });
  }

  chatRules(rules: ChatRules): Promise<boolean> {
    return this.say({ type: 'chat_rules', rules });
  }

  // --- questions ------------------------------------------------------------------------------------------------------

  answerDraft(checkId: string, answer: CheckAnswer | null): void {
    this.deps.store.dispatch({ type: 'answer_draft', checkId, answer });
  }

  answer(checkId: string, answer: CheckAnswer): boolean {
    if (isFull(this.deps.store.get().outbox)) return false;
    this.outbox({ type: 'put', unsent: { kind: 'answer', key: this.deps.newKey(), checkId, answer, refused: null } });
    this.answerDraft(checkId, null);
    this.flush();
    return true;
  }

  /** `savedId`: which prepared question this is, if it is one. */
  checkOpen(spec: CheckSpec, seconds: number | null, anonymous: boolean, savedId: string | null = null): Promise<boolean> {
    return this.say({ type: 'check_open', key: this.deps.newKey(), spec, saved_id: savedId, seconds, anonymous });
  }

  checkClose(checkId: string): Promise<boolean> {
    return this.say({ type: 'check_close', check_id: checkId });
  }

  checkReopen(checkId: string, seconds: number | null): Promise<boolean> {
    return this.say({ type: 'check_reopen', check_id: checkId, seconds });
  }

  checkShare(checkId: string, shared: boolean): Promise<boolean> {
    return this.say({ type: 'check_share', check_id: checkId, shared });
  }

  // --- staff ----------------------------------------------------------------------------------------------------------

  admit(ids: readonly string[]): Promise<boolean> {
    return this.say({ type: 'admit', participant_ids: ids });
  }

  turnAway(ids: readonly string[]): Promise<boolean> {
    return this.say({ type: 'turn_away', participant_ids: ids });
  }

  readmit(id: string): Promise<boolean> {
    return this.say({ type: 'readmit', participant_id: id });
  }

  lock(locked: boolean): Promise<boolean> {
    return this.say({ type: 'lock', locked });
  }

  /** Null: all hands. */
  lowerHand(id: string | null): Promise<boolean> {
    return this.say({ type: 'lower_hand', participant_id: id });
  }

  spotlight(id: string | null): Promise<boolean> {
    return this.say({ type: 'spotlight', participant_id: id });
  }

  /** Null: all students. */
  mute(id: string | null, source: Source = 'mic'): Promise<boolean> {
    return this.say({ type: 'mute_person', participant_id: id, source });
  }

  askUnmute(id: string): Promise<boolean> {
    return this.say({ type: 'ask_unmute', participant_id: id, source: 'mic' });
  }

  stopTrack(trackId: string): Promise<boolean> {
    return this.say({ type: 'stop_track', track_id: trackId });
  }

  remove(id: string, readmit: boolean): Promise<boolean> {
    return this.say({ type: 'remove_person', participant_id: id, readmit });
  }

  /** Null: students as such. */
  permit(id: string | null, action: Permission, allowed: boolean): Promise<boolean> {
    return this.say({ type: 'permit', participant_id: id, action, allowed });
  }

  setRole(id: string, role: Role): Promise<boolean> {
    return this.say({ type: 'set_role', participant_id: id, role });
  }

  endClass(): Promise<boolean> {
    return this.say({ type: 'end_class' });
  }

  // --- the page itself ------------------------------------------------------------------------------------------------

  openPanel(panel: PanelName | null): void {
    this.deps.store.dispatch({ type: 'panel', panel });
  }

  closeUnmuteAsk(): void {
    this.deps.store.dispatch({ type: 'unmute_ask_closed' });
  }

  resultSeen(): void {
    this.deps.store.dispatch({ type: 'result_seen' });
  }

  helpSeen(): void {
    this.deps.store.dispatch({ type: 'help_seen' });
  }

  // --------------------------------------------------------------------------------------------------------------------

  /** True: carried out. False: the person has been told why not. */
  private async say(message: Outgoing): Promise<boolean> {
    try {
      await this.deps.send(message);
      return true;
    } catch (error) {
      const notice = error instanceof Refused ? { code: error.code, text: error.text } : { code: 'unanswered', text: '' };
      this.deps.store.dispatch({ type: 'notice', notice });
      return false;
    }
  }

  private outbox(event: OutboxEvent): void {
    this.deps.store.dispatch({ type: 'outbox', event });
  }
}
