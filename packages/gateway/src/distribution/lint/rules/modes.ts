import type { LintFinding } from '../finding.ts';
import type { LintSubject } from '../subject.ts';

/** Rules that are not in force for everyone: nobody said until when, or that day has passed. */
export function modeFindings({ bundles, now }: LintSubject): LintFinding[] {
  const today = now.toISOString().slice(0, 'yyyy-mm-dd'.length);
  return bundles.flatMap(({ rules, catalogue }) =>
    rules.flatMap(({ id, bodies: [{ module, rule }] }): LintFinding[] => {
      const { mode = 'enforce', watch_until: until = '' } = catalogue.get(id) ?? {};
      if (mode === 'enforce' || until >= today) return [];
      const at = { file: module.source.file, row: rule.location.row };
      if (until === '') {
        const detail = `The rule \`${id}\` has the mode \`${mode}\` and no \`watch_until\`, so it may stay so for good.`;
        const mend = 'Add `watch_until: <date>` under `custom`, or enforce the rule.';
        return [{ ...at, code: 'mode_without_end', severity: 'warning', detail, mend }];
      }
      const detail = `The rule \`${id}\` was to have the mode \`${mode}\` until ${until}, which has passed.`;
      const mend =
        'Remove `mode`, `canary` and `watch_until`, remove the rule, or set a later day with a reason.';
      return [{ ...at, code: 'mode_overdue', severity: 'error', detail, mend }];
    }),
  );
}
