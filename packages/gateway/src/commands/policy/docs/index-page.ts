import { compare } from '../../../distribution/finding.ts';
import { code, plain, tableOf } from '../markdown.ts';
import { MADE } from './bundle-page.ts';
import { DOES, IN_FORCE } from './plain-words.ts';
import type { LeftOutBundle, ToldBundle, ToldPolicy, ToldRule } from './told-policy.ts';

/** Where the page of a bundle lies, relative to the index. */
export function fileOfBundle(name: string): string {
  return `${name}.md`;
}

/** The page that leads to all others, with the rules that serve each control. */
export function indexPage({ release, bundles, leftOut }: ToldPolicy): string {
  const sections = [
    MADE,
    release === undefined
      ? '# Policy'
      : `# Policy of ${plain(release.name)}, version ${plain(release.version)}`,
    'Every call of an agent is put to these bundles. Each may object; what is granted by nobody is refused; and only a named override that expires lifts an objection, where its rule says that one may.',
    '## Bundles',
    bundlesTable(bundles),
    leftOut.length === 0 ? '' : LEFT_OUT,
    leftOut.length === 0 ? '' : leftOutTable(leftOut),
    '## Controls',
    controlsTable(bundles),
  ];
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`;
}

function bundlesTable(bundles: readonly ToldBundle[]): string {
  const rows = bundles.map(({ name, owner, description, rules }) => [
    `[${code(name)}](${fileOfBundle(name)})`,
    plain(owner),
    `${rules.length}`,
    plain(description),
  ]);
  return tableOf(['bundle', 'answers for it', 'rules', 'what it is for'], rows);
}

const LEFT_OUT =
  'These come from elsewhere and were not looked at when these pages were made. A gateway that has them decides by them all the same, and the table of controls lacks their rules:';

function leftOutTable(leftOut: readonly LeftOutBundle[]): string {
  const rows = leftOut.map(({ name, approvals, why }) => [
    `[${code(name)}](${fileOfBundle(name)})`,
    approvals === undefined ? '' : approvals.owners.map(plain).join(', '),
    plain(why),
  ]);
  return tableOf(['bundle', 'people whose approval counts', 'why it was not looked at'], rows);
}

function controlsTable(bundles: readonly ToldBundle[]): string {
  const served = Map.groupBy(
    bundles.flatMap((bundle) =>
      bundle.rules.flatMap((rule) => rule.entry.controls.map((control) => ({ control, bundle, rule }))),
    ),
    ({ control }) => control,
  );
  if (served.size === 0) return 'No rule names one.';
  const rows = [...served]
    .sort(([a], [b]) => compare(a, b))
    .map(([control, rules]) => [
      code(control),
      rules.map(({ bundle, rule }) => `${linkTo(bundle, rule)} (${toldIn(rule)})`).join('<br>'),
    ]);
  return tableOf(['control', 'rules that serve it'], rows);
}

function linkTo({ name }: ToldBundle, { id, anchor }: ToldRule): string {
  return `[${code(id)}](${fileOfBundle(name)}#${anchor})`;
}

function toldIn({ entry: { kind, mode } }: ToldRule): string {
  return mode === 'enforce' ? DOES[kind] : IN_FORCE[mode];
}
