import type { JsonObject, Release } from '@bailiff/contract';
import { expect, test } from 'vitest';
import { sampleCase } from '../corpus/testing/sample-case.ts';
import type { PreflightAnswer } from '../delivery/preflight-engine.ts';
import { buildSample, metadata, SAMPLE_OVERRIDE } from '../testing/sample-release.ts';
import { lawFindings } from './law-findings.ts';

const { signal } = new AbortController();
const CALLS = [1, 2].map((rows) => sampleCase({ id: `d-${rows}`, args: { rows } }).input);
const DENIED: PreflightAnswer = {
  ...{ kind: 'decided', outcome: 'deny', reasons: ['rows'] },
  rules: ['compliance.rows'],
};
const UNKNOWN: PreflightAnswer = { kind: 'failed', detail: 'no OPA' };
/** Tries a release with an override by an engine that cannot decide some inputs. */
async function triedWhere(isUnknown: (release: Release, input: JsonObject, first: Release) => boolean) {
  const { release } = await buildSample({ 'overrides/data.yaml': SAMPLE_OVERRIDE });
  const decideAll = async (asked: Release, texts: readonly string[]) =>
    texts.map((text) => (isUnknown(asked, JSON.parse(text), release) ? UNKNOWN : DENIED));
  const inputTexts = CALLS.map((call) => JSON.stringify(call));
  return lawFindings(release, decideAll, { inputTexts, signal });
}

const entitled = ({ agent, user }: JsonObject) =>
  ((agent as JsonObject | undefined)?.scope ?? '') !== '' && Array.isArray((user as JsonObject)?.groups);

test('the laws hold where all is decided', async () => {
  expect(await triedWhere(() => false)).toMatchObject({
    outcome: 'passed',
    detail: expect.stringMatching(/^The laws hold for \d+ inputs\.$/),
  });
});

test.each<[string, Parameters<typeof triedWhere>[0], RegExp]>([
  ['nothing', () => true, /unchanged inputs \(no OPA\)/],
  [
    'none of the unchanged inputs',
    (asked, input, first) => asked === first && entitled(input),
    /unchanged inputs/,
  ],
  ['nothing without overrides', (asked, _, first) => asked !== first, /release without overrides/],
])('where %s could be decided the laws are not said to hold', async (_, isUnknown, why) => {
  expect(await triedWhere(isUnknown)).toMatchObject({
    outcome: 'skipped',
    detail: expect.stringMatching(why),
  });
});

test.each([
  ['in its canary may decide', ['mode: canary', 'canary: { share: 0.1 }'], []],
  ['that is watched may not', ['mode: watch'], ['explained', 'explained']],
] as const)('a rule %s', async (_, custom, laws) => {
  const { release } = await buildSample({
    'compliance/compliance.rego': `package policy.compliance\n\n${metadata('rows', custom)}deny contains "rows" if input.action.args.rows\n`,
  });
  const inputTexts = CALLS.map((call) => JSON.stringify(call));
  const decideAll = async (_asked: Release, texts: readonly string[]) => texts.map(() => DENIED);
  const { findings } = await lawFindings(release, decideAll, { inputTexts, signal });
  expect(findings.map(({ law }) => law).slice(0, laws.length || 1)).toEqual(laws);
});

test('inputs that could not be decided are told of', async () => {
  const first = JSON.stringify(CALLS[0]);
  expect(await triedWhere((_, input) => JSON.stringify(input) === first)).toMatchObject({
    outcome: 'passed',
    detail: expect.stringMatching(/1 that were unchanged could not be decided/),
  });
});
