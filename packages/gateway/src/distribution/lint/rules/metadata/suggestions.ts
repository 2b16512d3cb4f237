import { nearestName } from '../../../sources/words/nearest-name.ts';
import type { LintFinding } from '../../finding.ts';
import type { LintSubject } from '../../subject.ts';

/** What of a call an agent can change, and so what a suggestion may be about. */
const CHANGEABLE = ['args', 'model'];

/** Suggested changes that are never shown, because they are about something that no agent can change. */
export function suggestionFindings({ bundles }: LintSubject): LintFinding[] {
  return bundles.flatMap(({ rules, catalogue }) =>
    rules.flatMap(({ id, bodies: [{ module, rule }] }) => {
      const paths = (catalogue.get(id)?.suggest ?? []).flatMap(({ change }) => Object.keys(change));
      return paths
        .filter((path) => !canChange(path))
        .map((path): LintFinding => {
          const [, field = '', ...rest] = path.split('.');
          const near = nearestName(field, CHANGEABLE);
          const meant = near === undefined ? undefined : ['action', near, ...rest].join('.');
          return {
            file: module.source.file,
            row: rowOf(path, module.source.text, rule.location.row),
            code: 'suggestion_unusable',
            severity: 'error',
            detail: `\`${path}\` is nothing that an agent can change, so that this suggestion of \`${id}\` is never shown.`,
            mend: `${meant !== undefined && canChange(meant) ? `Did you mean \`${meant}\`? ` : ''}Suggest another value of an argument (\`action.args.<name>\`) or another model (\`action.model\`).`,
          };
        });
    }),
  );
}

function canChange(path: string): boolean {
  return path === 'action.model' || path.startsWith('action.args.');
}

/** The last row above the rule that names the path: METADATA stands right above it. */
function rowOf(path: string, text: string, ruleRow: number): number {
  const above = text.split('\n').slice(0, ruleRow - 1);
  const at = above.findLastIndex((line) => line.startsWith('#') && line.includes(path));
  return at < 0 ? ruleRow : at + 1;
}
