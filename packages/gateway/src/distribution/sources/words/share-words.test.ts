import { Rollout, RuleCanary } from '@bailiff/contract';
import { expect, test } from 'vitest';
import { readDocument, validateDocument } from '../document.ts';

/** What is said of a canary, as `detail mend`. */
function said(text: string, schema: typeof RuleCanary | typeof Rollout = RuleCanary): string[] {
  const document = readDocument({ file: 'a.yaml', text });
  if (document.kind === 'refused') throw new Error('It reads.');
  const read = validateDocument(document.value, schema);
  return read.kind === 'read' ? [] : read.findings.map(({ detail, mend }) => `${detail} ${mend}`);
}

test.each([
  ['10%', '0.1'],
  ['"10%"', '0.1'],
  ['7 %', '0.07'],
  ['0.5%', '0.005'],
])('a share that is written as %s is told as the number that it is', (written, share) =>
  expect(said(`share: ${written}`)).toEqual([
    `\`share\` must be a number from 0 to 1, and a percentage stands there. Write ${share}.`,
  ]));

test('a share above 1 is told how its percentage is written, where it can be one', () => {
  expect(said('share: 10')).toEqual([
    '`share` must be at most 1. Write a number from 0 to 1; for 10 % write 0.1.',
  ]);
  expect(said('canary: { share: 5 }', Rollout)).toEqual([
    '`canary.share` must be at most 1. Write a number from 0 to 1; for 5 % write 0.05.',
  ]);
  expect(said('share: 101')).toEqual(['`share` must be at most 1. Write a number that is at most 1.']);
});

test('quotes are spoken of where they stand around a number, and nowhere else', () => {
  expect(said('share: "0.1"')).toEqual([
    '`share` must be a number, and a text stands there. Write a number, without quotes.',
  ]);
  expect(said('share: some')).toEqual(['`share` must be a number, and a text stands there. Write a number.']);
});

test.each(['{}', 'teams: []'])('a canary of nobody, %s, is told what to give', (text) =>
  expect(said(text)).toEqual([
    'The document names nobody: it has neither `share` nor a team. Give `share`, a number from 0 to 1, as `share: 0.05`; or `teams`, as `teams: [a_team]`; or both.',
  ]));
