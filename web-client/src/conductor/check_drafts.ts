/** For the form: a question while it is written. */
export { changeOption, firstDraft, hasOptions, OPTIONS_MAX, OPTIONS_MIN, problemOf, specOf, withOption, withoutOption } from '@/classroom/check_draft';
