import { holds, type JudgedCase } from './decide-cases.ts';
import type { PolicyProof } from './run-proof.ts';
import { failureLines, type ToldTest } from './tell-failure.ts';

/** The outcome of each test, case and finding in JUnit’s format, which CI systems show. */
export function junitOf(
  proof: PolicyProof,
  tests: readonly ToldTest[],
  placeOf: (file: string) => string,
): string {
  const { cases, findings } = proof;
  const rows = [
    ...tests.map((test) =>
      element(test.name, {
        place: `${test.file}:${test.row}`,
        failure: test.outcome === 'failed' ? test.detail || messageOf(test) : undefined,
        more: test.outcome === 'failed' ? failureLines(test) : undefined,
        isSkipped: test.outcome === 'skipped',
      }),
    ),
    ...cases.map((judged) =>
      element(judged.one.when, {
        place: `${placeOf(judged.one.file)}:${judged.one.row}`,
        failure: failureOf(judged),
        isSkipped: false,
      }),
    ),
    ...findings.map(({ file, row, code, detail, mend }) =>
      element(code, {
        place: `${placeOf(file)}:${row}`,
        failure: `${detail} ${mend}`.trim(),
        isSkipped: false,
      }),
    ),
  ];
  const failures =
    tests.filter(({ outcome }) => outcome === 'failed').length +
    cases.filter((one) => !holds(one)).length +
    findings.length;
  const skipped = tests.filter(({ outcome }) => outcome === 'skipped').length;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>\n',
    `<testsuites><testsuite name="policy" tests="${rows.length}" failures="${failures}" skipped="${skipped}">\n`,
    ...rows,
    '</testsuite></testsuites>\n',
  ].join('');
}

function element(
  name: string,
  about: {
    readonly place: string;
    readonly failure: string | undefined;
    /** Lines below the failure. */
    readonly more?: string | undefined;
    readonly isSkipped: boolean;
  },
): string {
  const { place, failure, more = '', isSkipped } = about;
  const inside = [
    ...(failure === undefined
      ? []
      : [`<failure message="${escaped(failure)}">${more.split('\n').map(escaped).join('\n')}</failure>`]),
    ...(isSkipped ? ['<skipped/>'] : []),
  ].join('');
  return `<testcase name="${escaped(name)}" classname="${escaped(place)}">${inside}</testcase>\n`;
}

function messageOf({ why }: ToldTest): string {
  const { expression } = why ?? {};
  return expression === undefined
    ? 'It does not hold.'
    : `${expression.file}:${expression.row}: does not hold: ${expression.text}`;
}

function failureOf(judged: JudgedCase): string | undefined {
  if (holds(judged)) return undefined;
  const { decision, mismatches } = judged;
  if (decision.kind === 'failed') return `There is no decision: ${decision.detail}`;
  return mismatches
    .map(
      ({ field, expected, got }) =>
        `${field}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(got)}`,
    )
    .join('; ');
}

/** Text of an attribute; what XML cannot hold at all is replaced. */
function escaped(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\p{Cc}\uFFFE\uFFFF]/gu, '\u{FFFD}')
    .replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
