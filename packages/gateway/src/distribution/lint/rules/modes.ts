import type { CatalogueEntry, JsonObject } from '@bailiff/contract';
import { isObject, valueAt } from '../../sources/document.ts';
import { nearestName } from '../../sources/words/nearest-name.ts';
import type { LintFinding } from '../finding.ts';
import type { LintSubject } from '../subject.ts';

/** Rules that are not in force for everyone: nobody said until when, or that day has passed; and canaries that cover nobody. */
export function modeFindings({ bundles, data, now }: LintSubject): LintFinding[] {
  const today = now.toISOString().slice(0, 'yyyy-mm-dd'.length);
  const teams = teamsIn(data);
  return bundles.flatMap(({ rules, catalogue }) =>
    rules.flatMap(({ id, bodies: [{ module, rule }] }): LintFinding[] => {
      const { mode = 'enforce', watch_until: until = '', canary } = catalogue.get(id) ?? {};
      const at = { file: module.source.file, row: rule.location.row };
      const subject = `The canary of the rule \`${id}\``;
      const empty = canary === undefined ? [] : emptyCanary(canary, { subject, teams });
      const findings = empty.map((finding) => ({ ...at, ...finding }));
      if (mode === 'enforce' || until >= today) return findings;
      if (until === '') {
        const detail = `The rule \`${id}\` has the mode \`${mode}\` and no \`watch_until\`, so it may stay so for good.`;
        const mend = 'Add `watch_until: <date>` under `custom`, or enforce the rule.';
        return [...findings, { ...at, code: 'mode_without_end', severity: 'warning', detail, mend }];
      }
      const detail = `The rule \`${id}\` was to have the mode \`${mode}\` until ${until}, which has passed.`;
      const mend =
        'Remove `mode`, `canary` and `watch_until`, remove the rule, or set a later day with a reason.';
      return [...findings, { ...at, code: 'mode_overdue', severity: 'error', detail, mend }];
    }),
  );
}

/** Teams that own a registered agent, by the data of a release; none where no agent is known. */
export function teamsIn(data: JsonObject): readonly string[] {
  const agents = valueAt(data, ['policy', 'identity', 'agents']);
  const owners = Object.values(isObject(agents) ? agents : {}).map((agent) => valueAt(agent, ['owner_team']));
  return [...new Set(owners.filter((team) => typeof team === 'string'))];
}

/** What a canary names that is nobody: a share of nothing, teams that own no agent. Of teams nothing is said where none is known. */
export function emptyCanary(
  { share, teams }: NonNullable<CatalogueEntry['canary']>,
  { subject, teams: known }: { readonly subject: string; readonly teams: readonly string[] },
): Omit<LintFinding, 'file' | 'row'>[] {
  const of = { code: 'canary_covers_nobody', severity: 'warning' } as const;
  if (share === 0 && teams.length === 0)
    return [
      {
        ...of,
        detail: `${subject} has the share 0 and no teams, so it covers nobody.`,
        mend: 'Give `share` a number above 0, as `share: 0.05`; or give `teams`, as `teams: [a_team]`.',
      },
    ];
  const strangers = known.length === 0 ? [] : teams.filter((team) => !known.includes(team));
  return strangers.map((team) => {
    const near = nearestName(team, known);
    return {
      ...of,
      detail: `${subject} names the team \`${team}\`, and no registered agent has that \`owner_team\`, so it covers nobody of it.`,
      mend:
        near === undefined
          ? `Name a team that owns agents: ${known.slice(0, LISTED_MAX).join(', ')}${known.length > LISTED_MAX ? ', …' : ''}.`
          : `Did you mean \`${near}\`?`,
    };
  });
}

/** Teams that are listed at most. */
const LISTED_MAX = 12;
