import { Input, type JsonObject, type Release } from '@bailiff/contract';
import { describe, expect, test } from 'vitest';
import { decideWithOpa } from '../../packages/gateway/src/commands/corpus/opa-decisions.ts';
import { opaExecutable } from '../../packages/gateway/src/decision/testing/opa.ts';
import { sampleCase } from '../../packages/gateway/src/distribution/corpus/testing/sample-case.ts';
import { lawFindings } from '../../packages/gateway/src/distribution/laws/law-findings.ts';
import { withoutOverrides } from '../../packages/gateway/src/distribution/laws/without-overrides.ts';
import {
  buildSample,
  type Files,
  KERNEL,
  metadata,
  SAMPLE_OVERRIDE,
} from '../../packages/gateway/src/distribution/testing/sample-release.ts';
import { readCases } from '../case.ts';
import { completeForCompany, exampleRelease } from '../example-company.ts';

const { signal } = new AbortController();
const decideAll = (release: Release, inputTexts: readonly string[]) =>
  decideWithOpa(release.bundle, inputTexts, { opa: opaExecutable(), signal });
const textsOf = (...inputs: unknown[]) => inputs.map((input) => JSON.stringify(input));

async function triedSample(files: Files, inputTexts: readonly string[]) {
  const { release } = await buildSample(files, KERNEL);
  return lawFindings(release, decideAll, { inputTexts, signal });
}

test('the example company keeps every law for its cases', async () => {
  const release = await exampleRelease();
  const inputs = readCases()
    .filter(({ release: other, entrypoint }) => other === undefined && entrypoint === 'decision')
    .map(({ input }) => completeForCompany(input as JsonObject, release))
    .filter((input) => Input.safeParse(input).success);
  expect(inputs.length).toBeGreaterThan(40);
  const report = await lawFindings(release, decideAll, { inputTexts: textsOf(...inputs), signal });
  expect(report.findings).toEqual([]);
  expect(report).toMatchObject({ outcome: 'passed', blamed: [] });
  expect(report.tried).toBeGreaterThan(inputs.length * 3);
}, 120_000);

test('without any input nothing was tried, and it says so', async () => {
  expect(await triedSample({}, [])).toMatchObject({ outcome: 'skipped', tried: 0 });
});

describe('a bundle is found out', () => {
  const call = sampleCase({ id: 'd-1' }).input;

  test('whose objection goes away with a group', async () => {
    const rule = 'deny contains "contractors" if "contractors" in input.user.groups';
    const files = {
      'compliance/contractors.rego': `package policy.compliance\n\n${metadata('contractors')}${rule}\n`,
    };
    const input = { ...call, user: { ...call.user, groups: ['support', 'contractors'] } };
    const report = await triedSample(files, textsOf(input));
    expect(report).toMatchObject({ outcome: 'failed', blamed: ['compliance'] });
    expect(report.findings[0]).toMatchObject({
      law: 'entitlement',
      rules: ['compliance.contractors'],
      detail: expect.stringMatching(/Without groups, a call that was denied \(contractors\) is allowed/),
    });
    const [found] = report.findings;
    expect(JSON.parse(found?.inputText ?? '')).toMatchObject({ user: { groups: [] } });
  });

  test('that grants because a clearance is missing', async () => {
    const rule = 'allow contains "uncleared" if count(input.user.data_classifications_authorized) == 0';
    const files = {
      'resource/resource.rego': `package policy.resource\n\n${metadata('uncleared')}${rule}\n`,
    };
    const input = { ...call, user: { ...call.user, data_classifications_authorized: ['internal'] } };
    expect(await triedSample(files, textsOf(input))).toMatchObject({
      outcome: 'failed',
      blamed: ['resource'],
    });
  });

  test('that objects only while there are overrides', async () => {
    const rule = 'deny contains "frozen" if count(data.release.overrides) > 0';
    const files = {
      'compliance/frozen.rego': `package policy.compliance\n\n${metadata('frozen')}${rule}\n`,
      'overrides/data.yaml': SAMPLE_OVERRIDE,
    };
    const report = await triedSample(files, textsOf(call));
    expect(report.findings.map(({ law }) => law)).toContain('override');
    expect(report.blamed).toEqual(['compliance']);
  });

  test('and one that keeps the laws is not, with an override that is used', async () => {
    const report = await triedSample({ 'overrides/data.yaml': SAMPLE_OVERRIDE }, [
      ...textsOf(call, sampleCase({ id: 'd-2', args: { rows: 51 } }).input),
    ]);
    expect(report).toMatchObject({ outcome: 'passed', findings: [] });
  });
});

test('a release without its overrides is another one, in which none lifts anything', async () => {
  const { release } = await buildSample({ 'overrides/data.yaml': SAMPLE_OVERRIDE }, KERNEL);
  const { environment, ...input } = sampleCase({ id: 'd-1', args: { rows: 51 } }).input;
  const covered = { ...input, environment: { ...environment, time_s: 1_793_600_000 } };
  const bare = await withoutOverrides(release);
  expect(bare.policyVersion).not.toBe(release.policyVersion);
  expect(bare.policyVersion).toMatch(/^1\.2\.3\+[0-9a-f]{12}$/);
  expect(await decideAll(release, textsOf(covered))).toMatchObject([{ outcome: 'allow' }]);
  expect(await decideAll(bare, textsOf(covered))).toMatchObject([
    { outcome: 'deny', rules: expect.arrayContaining(['compliance.rows']) },
  ]);
});

test('an answer that does not follow from what matched breaks a law', async () => {
  const { release } = await buildSample({}, KERNEL);
  const [rows] = ['compliance.rows'];
  const said = async (rules: readonly string[], outcome: 'allow' | 'deny' | 'approval_required') => {
    const answer = { kind: 'decided', outcome, reasons: ['x'], rules } as const;
    const report = await lawFindings(release, async (_release, texts) => texts.map(() => answer), {
      inputTexts: textsOf(sampleCase({ id: 'd-1' }).input),
      signal,
    });
    return report.findings.filter(({ law }) => law === 'explained').map(({ bundles }) => bundles);
  };
  const granted = ['identity.agent_known', 'resource.tool_granted'];
  expect(await said(granted, 'allow')).toEqual([]);
  expect(await said([...granted, rows], 'deny')).toEqual([]);
  expect(await said([...granted, rows], 'allow')).toEqual([['compliance']]);
  expect(await said([...granted, 'servers.crm.delete'], 'allow')).toEqual([['servers/crm']]);
  expect(await said(granted, 'deny')).toEqual([['identity', 'resource']]);
  expect(await said(granted, 'approval_required')).toEqual([['identity', 'resource']]);
  expect(await said(['compliance.unheard'], 'deny')).toHaveLength(2);
});
