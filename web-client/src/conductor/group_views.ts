/** What the page asks of the rules of grouping. */
export { BREAKOUT_PROMPT_MAX, GROUPS_MAX, groupable, groupOf, planOf, randomGroups, sharesRoom, withCount, withMember } from '@/classroom/grouping';
