import { holds, type JudgedCase } from './decide-cases.ts';
import type { PolicyProof } from './run-proof.ts';

/** The outcome of each test, case and finding in JUnit’s format, which CI systems show. */
export function junitOf(proof: PolicyProof, placeOf: (file: string) => string): string {
  const { tests, cases, findings } = proof;
  const rows = [
    ...tests.map(({ file, row, name, outcome, detail }) =>
      element(name, {
        place: `${placeOf(file)}:${row}`,
        failure: outcome === 'failed' ? detail || 'It does not hold.' : undefined,
        isSkipped: outcome === 'skipped',
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
    readonly isSkipped: boolean;
  },
): string {
  const { place, failure, isSkipped } = about;
  const inside = [
    ...(failure === undefined ? [] : [`<failure message="${escaped(failure)}"/>`]),
    ...(isSkipped ? ['<skipped/>'] : []),
  ].join('');
  return `<testcase name="${escaped(name)}" classname="${escaped(place)}">${inside}</testcase>\n`;
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
