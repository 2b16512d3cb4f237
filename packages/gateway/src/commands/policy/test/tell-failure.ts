import pc from 'picocolors';
import { fileNamer } from '../../../distribution/build-release.ts';
import type { BundleTest } from '../../../distribution/bundle-tests.ts';
import type { TestFailure } from '../../../distribution/proof/failures/explain-failures.ts';
import type { FailedExpression } from '../../../distribution/proof/failures/failed-expression.ts';
import { visible } from '../../record/terminal.ts';
import type { PolicyProof } from './run-proof.ts';
import type { TestedFolder } from './tested-folder.ts';

/** A test with what is known of its failure, its files as the reader may open them. */
export interface ToldTest extends BundleTest {
  /** Undefined where it did not fail, or nothing is known. */
  readonly why: TestFailure | undefined;
  /** The command that runs it alone; undefined where it did not fail. */
  readonly alone: string | undefined;
}

/** Where the tests are of, and how the reader names it. */
interface Places {
  readonly folder: TestedFolder;
  readonly placeOf: (file: string) => string;
  /** The folder as the command names it; undefined where it names none. */
  readonly named: string | undefined;
}

/** The tests of a run, in their order. */
export function toldTests({ tests, failures }: PolicyProof, { folder, placeOf, named }: Places): ToldTest[] {
  const fileOf = fileNamer(folder.sources);
  const located = (one: FailedExpression): FailedExpression => ({
    ...one,
    file: placeOf(fileOf(one.file) ?? one.file),
  });
  return tests.map((test): ToldTest => {
    const found = failures.get(test.name);
    const command = [
      './bailiff policy test',
      ...(named === undefined ? [] : [quoted(named)]),
      '--run',
      quoted(test.name),
    ];
    return {
      ...test,
      file: placeOf(test.file),
      why: found && {
        expression: found.expression && located(found.expression),
        cases: found.cases,
        misspelt: found.misspelt,
        rules: found.rules.map((rule) => ({
          ...rule,
          file: placeOf(rule.file),
          failed: rule.failed.map(located),
        })),
      },
      alone: test.outcome === 'failed' ? command.join(' ') : undefined,
    };
  });
}

/** A failing test for people: the condition that did not hold with its values, what became of the rule, how it is run alone. */
export function failureText({ file, row, name, detail, why, alone = '' }: ToldTest): string {
  return [
    `${pc.red('failed')} ${pc.bold(`${file}:${row}`)}: ${name}${detail === '' ? '' : `: ${visible(detail)}`}\n`,
    ...(why === undefined
      ? []
      : whyLines(why).map(([label, text]) => `  ${pc.dim(label.padEnd(5))} ${visible(text)}\n`)),
    `  ${pc.dim('alone')} ${alone}\n`,
  ].join('');
}

/** The same on plain lines. */
export function failureLines({ why, alone = '' }: ToldTest): string {
  const lines = why === undefined ? [] : whyLines(why).map(([label, text]) => `${label.padEnd(5)} ${text}`);
  return [...lines, `alone ${alone}`].join('\n');
}

/** For machines. */
export function failureJson({ why, alone, ...test }: ToldTest) {
  if (alone === undefined) return test;
  return {
    ...test,
    run_alone: alone,
    why: why && {
      expression: why.expression === undefined ? null : expressionJson(why.expression),
      cases: why.cases,
      misspelt: why.misspelt,
      rules: why.rules.map(({ id, file, row, hasFired, failed }) => ({
        ...{ id, file, row, fired: hasFired, failed: failed.map(expressionJson) },
      })),
    },
  };
}

function expressionJson({ file, row, text, values }: FailedExpression) {
  return { file, row, text, values };
}

type Line = readonly [label: string, text: string];

function whyLines({ expression, cases, rules, misspelt }: TestFailure): Line[] {
  const of = cases.length === 0 ? [] : [['cases', `failed: ${cases.join(', ')}`] as const];
  if (expression === undefined) return [...of, ['why', NOTHING_TRIED]];
  return [
    ...of,
    ...expressionLines('why', expression),
    ...misspelt.map(
      ({ written, near }): Line => ['mend', `No rule is called \`${written}\`. Did you mean \`${near}\`?`],
    ),
    ...rules.flatMap(ruleLines),
  ];
}

const NOTHING_TRIED =
  'No condition of it was tried: it asks for something that is not there. See that every rule, function and key of data that it names exists, and is spelt as where it is defined.';

function expressionLines(label: string, { file, row, text, values }: FailedExpression): Line[] {
  return [
    [label, `${file}:${row}: does not hold: ${text}`],
    ...values.map(({ of, value }): Line => ['', `  ${of} = ${value}`]),
  ];
}

function ruleLines({ id, file, row, failed, hasFired }: TestFailure['rules'][number]): Line[] {
  if (hasFired) return [['rule', `${id} (${file}:${row}) fired`]];
  if (failed.length === 0)
    return [
      [
        'rule',
        `${id} (${file}:${row}) did not fire: a comparison with \`==\` in it cannot hold, or the input lacks what it asks for`,
      ],
    ];
  return [
    ['rule', `${id} (${file}:${row}) did not fire`],
    ...failed.flatMap((one) => expressionLines('', one)),
  ];
}

/** A word of a command as a shell takes it for one. */
function quoted(word: string): string {
  return /^[\w./:@%+=-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
