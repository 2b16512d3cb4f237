import type { DecisionEntry, OutcomeEntry, RefusalEntry } from '@bailiff/contract';
import { describe, expect, test } from 'vitest';
import { decisionEntry, denial, hash, permission, releaseOf } from '../testing/control-server.ts';
import { viewOf } from './decision-view.ts';

const ABOUT = { agent: 'support-bot', user: 'mara' };
const denied = (disclosure: DecisionEntry['disclosure']) => decisionEntry(denial('D'), ABOUT, disclosure);
const absent: RefusalEntry = {
  schema: 'bailiff/record/v1',
  kind: 'refusal',
  decision_id: 'D',
  at: '2026-11-22T13:45:00.000Z',
  principal: { ...ABOUT, auth_method: 'jwt', credential_id: 'k', issuer: 'test' },
  failure: 'unknown_tool',
  detail: 'Unknown tool',
  route: 'POST /mcp/crm',
};

describe('a denial', () => {
  test('that was told as an absent tool is viewed in the same words as one, whatever today’s release says', () => {
    for (const release of [undefined, releaseOf(), releaseOf(['input.action.args.rows'])])
      expect(viewOf([denied('hidden')], release)).toEqual(viewOf([absent], release));
    expect(viewOf([denied('hidden')], undefined)).toMatchObject({
      asked: { type: '', target: '' },
      outcome: 'deny',
      reasons: ['unknown_tool'],
      alternatives: [],
      remediation: '',
    });
  });

  test('that was told as an absent resource is viewed in the words for a resource', () => {
    const action = { type: 'resource_read', target: { kind: 'resource', id: 'file:///secret' }, args: {} };
    const hidden = { ...denied('hidden'), input: { action } };
    const view = viewOf([hidden], undefined);
    expect(view).toEqual(viewOf([{ ...absent, failure: 'unknown_resource' }], undefined));
    expect(view).toMatchObject({ reasons: ['unknown_resource'], message: 'There is no such resource.' });
    expect(JSON.stringify(view)).not.toContain('tool');
  });

  test.each(['shown', null] as const)('that was told in full (%s) is viewed in full', (disclosure) => {
    // The release of today could take the rule for one that hides its target.
    expect(viewOf([denied(disclosure)], releaseOf(['input.action.tool']))).toMatchObject({
      asked: { target: 'crm.read' },
      reasons: ['data_class_unauthorized_for_user'],
      remediation: 'request_elevated_data_access',
    });
  });

  test('that was told as a refusal of the caller gives no rule but those of the caller', () => {
    const entry = { ...denied('principal'), release_digest: 'b'.repeat(64) };
    expect(viewOf([entry], releaseOf())).toEqual(viewOf([absent], undefined)); // another release decided
    const undecided = { ...denied('principal'), engine: 'none' as const };
    expect(viewOf([undecided], undefined)).toMatchObject({ reasons: ['data_class_unauthorized_for_user'] });
  });
});

test('an allowed call of a tool that the server turned out not to have is viewed as one to an absent tool', () => {
  const outcome: OutcomeEntry = {
    schema: 'bailiff/record/v1',
    kind: 'outcome',
    decision_id: 'D',
    at: '2026-11-22T13:45:01.000Z',
    result: 'failed',
    failure: 'unknown_tool',
    bytes: 0,
    tokens: 0,
    cost_cents: 0,
    duration_ms: 1,
  };
  const allowed = decisionEntry(permission('D'), ABOUT);
  expect(allowed.release_digest).toBe(hash);
  expect(viewOf([allowed, outcome], releaseOf())).toEqual(viewOf([absent], undefined));
});
