import type { Release } from '@bailiff/contract';
import { describe, expect, test } from 'vitest';
import type { PreflightAnswer } from '../delivery/preflight-engine.ts';
import type { Change } from './blame.ts';
import { causeOf, checkCorpus } from './check-corpus.ts';
import { corpusText } from './corpus-file.ts';
import { type SampleCaseOptions, sampleCase } from './testing/sample-case.ts';

const GRANTED = ['identity.agent_known', 'resource.tool_granted'];
const decided = (outcome: 'allow' | 'deny', rules: readonly string[], reasons = ['x']): PreflightAnswer => ({
  kind: 'decided',
  outcome,
  reasons,
  rules,
});
const ALLOWED = decided('allow', GRANTED, ['agent_known', 'tool_granted']);

/** A release of which only bundles and kinds of rules are known. */
function releaseOf(
  bundles: Readonly<Record<string, string>>,
  rules: Readonly<Record<string, string>>,
): Change['after'] {
  return {
    data: { bundles } as unknown as Release['data'],
    rules: new Map(
      Object.entries(rules).map(([id, kind]) => [id, { id, kind }]),
    ) as unknown as Release['rules'],
  };
}

describe('a corpus', () => {
  test('whose cases are all decided as they were passes, and one without cases says so', async () => {
    const check = await checkCorpus({ cases: [sampleCase({ id: 'd-1' })] }, async () => [ALLOWED]);
    expect(check).toMatchObject({
      outcome: 'passed',
      cases: 1,
      flips: [],
      explainedOtherwise: [],
      coverage: null,
    });
    expect(await checkCorpus({ cases: [] }, async () => [])).toMatchObject({ outcome: 'skipped' });
  });

  test('asks with exactly the inputs that it holds', async () => {
    const cases = [sampleCase({ id: 'd-1' }), sampleCase({ id: 'd-2', args: { rows: 7 } })];
    await checkCorpus({ cases }, async (texts) => {
      expect(texts.map((text) => JSON.parse(text))).toEqual(cases.map(({ input }) => input));
      return [ALLOWED, ALLOWED];
    });
  });

  test('that gets fewer answers than it has cases is an error, not a success', async () => {
    await expect(checkCorpus({ cases: [sampleCase({ id: 'd-1' })] }, async () => [])).rejects.toThrow();
  });
});

describe('a flip', () => {
  const cases = [sampleCase({ id: 'd-1' })];

  test('names the rules that appeared and vanished, and blames their bundles', async () => {
    const now = decided('deny', ['identity.agent_known', 'servers.crm.frozen', 'teams.cx.workflow.hours']);
    const check = await checkCorpus({ cases }, async () => [now]);
    expect(check).toMatchObject({
      outcome: 'failed',
      flips: [
        {
          id: 'd-1',
          agent: 'bot',
          tool: 'crm.read',
          appeared: ['servers.crm.frozen', 'teams.cx.workflow.hours'],
          vanished: ['resource.tool_granted'],
        },
      ],
      blamed: ['resource', 'servers/crm', 'teams/cx/workflow'],
    });
  });

  test('is blamed on none but bundles that changed, where that is known', async () => {
    const before = releaseOf({ resource: '1', compliance: '1' }, { 'resource.tool_granted': 'allow' });
    const after = releaseOf(
      { resource: '1', compliance: '2' },
      { 'resource.tool_granted': 'allow', 'compliance.new': 'deny', 'compliance.silent': 'deny' },
    );
    const now = decided('deny', ['compliance.new']);
    const check = await checkCorpus({ cases }, async () => [now], { before, after });
    expect(check).toMatchObject({ blamed: ['compliance'], coverage: 0.5 });
  });

  test('is blamed on every changed bundle where none of their rules shows', async () => {
    const before = releaseOf({ identity: '1', resource: '1' }, {});
    const after = releaseOf({ identity: '2', resource: '1' }, {});
    const check = await checkCorpus({ cases }, async () => [decided('deny', [])], { before, after });
    expect(check.blamed).toEqual(['identity']);
  });

  test('is not blamed on an affirmation, and outside the capabilities is identity’s', async () => {
    const after = releaseOf({}, { 'workflow.met': 'affirm', 'compliance.no': 'deny' });
    const affirmed = decided('deny', [...GRANTED, 'workflow.met', 'compliance.no']);
    expect((await checkCorpus({ cases }, async () => [affirmed], { after })).blamed).toEqual(['compliance']);
    const outside = decided('deny', GRANTED, ['outside_capabilities']);
    expect((await checkCorpus({ cases }, async () => [outside], { after })).blamed).toEqual(['identity']);
  });

  test('is also a case that cannot be decided any more, even where it was denied', async () => {
    const denied = [sampleCase({ id: 'd-1', outcome: 'deny' })];
    const check = await checkCorpus({ cases: denied }, async () => [{ kind: 'failed', detail: 'broken' }]);
    expect(check).toMatchObject({ outcome: 'failed', flips: [{ is: { kind: 'failed' }, vanished: [] }] });
  });

  test('names the row at which its case stands in the file', async () => {
    const three = ['d-1', 'd-2', 'd-3'].map((id) => sampleCase({ id }));
    const answers = [ALLOWED, decided('deny', []), decided('allow', [])];
    const check = await checkCorpus({ cases: three }, async () => answers);
    const savedAt = '2026-11-22T13:45:00.000Z';
    const lines = corpusText({ savedAt, policyVersion: '1.0.0+0123456789ab', cases: three }).split('\n');
    expect(check.flips.map(({ row }) => JSON.parse(lines[row - 1] ?? '').id)).toEqual(['d-2']);
    expect(check.explainedOtherwise.map(({ row }) => JSON.parse(lines[row - 1] ?? '').id)).toEqual(['d-3']);
  });

  test('always says what made it: rules, or else reasons', async () => {
    const causes = async (was: Partial<SampleCaseOptions>, is: PreflightAnswer) => {
      const one = sampleCase({ id: 'd-1', ...was });
      return (await checkCorpus({ cases: [one] }, async () => [is])).flips.map(causeOf);
    };
    const frozen = decided('deny', ['identity.agent_known', 'crm.frozen']);
    expect(await causes({}, frozen)).toEqual(['+ crm.frozen, - resource.tool_granted']);
    const outside = decided('deny', GRANTED, ['outside_capabilities']);
    expect(await causes({}, outside)).toEqual(['no rule: outside_capabilities']);
    const denied = { outcome: 'deny', reasons: ['outside_capabilities'] } as const;
    expect(await causes(denied, decided('allow', GRANTED, []))).toEqual([
      'no rule: without outside_capabilities',
    ]);
    expect(await causes({}, { kind: 'failed', detail: 'broken' })).toEqual(['could not be decided: broken']);
  });

  test('is no case with the same outcome by other rules: that is told apart and passes', async () => {
    const check = await checkCorpus({ cases }, async () => [decided('allow', [...GRANTED, 'workflow.met'])]);
    expect(check).toMatchObject({
      outcome: 'passed',
      flips: [],
      explainedOtherwise: [{ id: 'd-1', appeared: ['workflow.met'] }],
    });
  });
});
