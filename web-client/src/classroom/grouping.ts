/** Dividing a class into groups, and who shares a room with whom meanwhile. Pure: chance is handed in. */
import type { BreakoutsSnapshot, GroupPlan, Participant } from '@/protocol/messages.gen';

export const GROUPS_MAX = 50;
export const GROUP_NAME_MAX = 60;
export const BREAKOUT_PROMPT_MAX = 2_000;

/** Who can be put into a group: students who are in the class. Staff go where they like. */
export const groupable = (people: Iterable<Participant>): readonly Participant[] => [...people].filter((one) => one.role === 'student');

/** As many groups as asked for, of sizes that differ by at most one. */
export function randomGroups(ids: readonly string[], count: number, random: () => number): readonly (readonly string[])[] {
  const shuffled = [...ids];
  for (let at = shuffled.length - 1; at > 0; at -= 1) {
    const other = Math.floor(random() * (at + 1));
    const [one, two] = [shuffled[at], shuffled[other]];
    if (one === undefined || two === undefined) continue;
    shuffled[at] = two;
    shuffled[other] = one;
  }
  return Array.from({ length: count }, (_, group) => shuffled.filter((__, at) => at % count === group));
}

/** The plan when somebody is put into a group (or into none) and is thereby out of any other. */
export function withMember(groups: readonly (readonly string[])[], id: string, into: number | null): readonly (readonly string[])[] {
  return groups.map((group, at) => {
    const others = group.filter((one) => one !== id);
    return at === into ? [...others, id] : others;
  });
}

/** More or fewer groups; who was in a group that is gone is in none. */
export function withCount(groups: readonly (readonly string[])[], count: number): readonly (readonly string[])[] {
  return Array.from({ length: count }, (_, at) => groups[at] ?? []);
}

/** What the server is told: nobody who has left meanwhile, and no group without a name. */
export function planOf(groups: readonly (readonly string[])[], present: ReadonlySet<string>, name: (number: number) => string): readonly GroupPlan[] {
  return groups.slice(0, GROUPS_MAX).map((ids, at) => ({ name: name(at + 1).slice(0, GROUP_NAME_MAX), participant_ids: ids.filter((id) => present.has(id)) }));
}

export const groupOf = (breakouts: BreakoutsSnapshot, id: string): string | null =>
  breakouts.groups.find((one) => one.participant_ids.includes(id) || one.visitor_ids.includes(id))?.group_id ?? null;

/** Is this person in the same room as oneself now? Whoever visits is there and not where they came from. */
export function sharesRoom(breakouts: BreakoutsSnapshot, id: string, selfId: string): boolean {
  if (!breakouts.open || id === selfId) return true;
  const visited = breakouts.groups.find((one) => one.visitor_ids.includes(id));
  const place = (visited ?? breakouts.groups.find((one) => one.participant_ids.includes(id)))?.group_id ?? null;
  return place === breakouts.own_group_id;
}
