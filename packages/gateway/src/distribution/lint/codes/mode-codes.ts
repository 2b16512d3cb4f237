import type { CodePage } from './code-page.ts';

/** Codes of what the builder refuses of how far rules are in force. */
export const MODE_CODES: Readonly<Record<string, CodePage>> = {
  mode_not_applicable: {
    severity: 'error',
    title: 'A rule’s mode cannot be applied',
    why: 'The builder renames the heads of rules that are not enforced, and did not find this one.',
    mend: 'Begin the rule on a row of its own.',
  },
  canary_missing: {
    severity: 'error',
    title: 'A rule has the mode `canary`, and no canary',
    why: 'Nobody said whose calls it decides.',
    mend: 'Say `canary: { share: 0.05 }` under `custom`, or `canary: { teams: [a_team] }`, or both.',
  },
  canary_without_mode: {
    severity: 'error',
    title: 'A rule has a canary, and is enforced for everyone',
    why: 'The canary counts with `mode: canary` alone; it may stay where the mode is `watch` or `off`.',
    mend: 'Add `mode: canary`, or remove `canary`.',
  },
};
