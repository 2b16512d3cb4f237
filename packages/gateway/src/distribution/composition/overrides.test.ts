import type { CatalogueEntry } from '@bailiff/contract';
import { describe, expect, test } from 'vitest';
import { readDocument } from '../sources/document.ts';
import { judgeOverrides } from './overrides.ts';

const entry = (overridable: boolean, kind: CatalogueEntry['kind'] = 'deny'): CatalogueEntry => ({
  kind,
  title: 'A rule',
  description: '',
  owner: 'owners',
  reason: 'reason',
  message: 'A rule',
  remediation: '',
  suggest: [],
  severity: 'medium',
  overridable,
  approvers: [],
  appeal_path: '',
  controls: [],
  mode: 'enforce',
  watch_until: '',
  reads: [],
  location: { file: 'a.rego', row: 1 },
});

const RULES = new Map([
  ['resource.rows', entry(true)],
  ['resource.hard', entry(false)],
  ['resource.granted', entry(false, 'allow')],
  ['compliance.residency', entry(true)],
  ['teams.cx.compliance.local', entry(true)],
  ['servers.crm.limit', entry(true)],
]);

const OVERRIDE = {
  id: 'o-1',
  lifts: ['resource.rows'],
  scope: { agents: ['bot'] },
  not_before: '2026-11-01T00:00:00Z',
  expires_at: '2026-11-08T00:00:00Z',
  justification: 'The yearly audit needs larger samples than usual.',
  ticket: 'RISK-1',
  requested_by: 'omar',
  approved_by: ['ana'],
};

function judge(...overrides: readonly unknown[]) {
  const document = readDocument({
    file: 'overrides/data.yaml',
    text: JSON.stringify({ overrides }, null, 1),
  });
  if (document.kind === 'refused') throw new Error('It reads.');
  return judgeOverrides(document.value, RULES);
}

describe('an override holds', () => {
  test.each([
    ['as it is', {}],
    ['for thirty days', { expires_at: '2026-12-01T00:00:00Z' }],
    ['on a server’s rule', { lifts: ['servers.crm.limit'] }],
    [
      'on compliance with two approvers for a week',
      { lifts: ['compliance.residency'], approved_by: ['ana', 'priya'] },
    ],
  ])('%s', (_what, change) => {
    const { active, alarms } = judge({ ...OVERRIDE, ...change });
    expect(alarms).toEqual([]);
    expect(active).toMatchObject([{ id: 'o-1', not_before: 1793491200 }]);
  });
});

describe('an override is dropped', () => {
  test.each([
    ['without a scope', { scope: {} }, /name at least one/],
    ['with an empty dimension', { scope: { agents: [] } }, /scope\.agents/],
    ['with an unknown dimension', { scope: { regions: ['eu'] } }, /scope\.regions/],
    ['lifting nothing', { lifts: [] }, /lifts/],
    ['without a time zone', { not_before: '2026-11-01T00:00:00' }, /not_before/],
    ['hardly justified', { justification: 'Because.' }, /justification/],
    ['justified with spaces', { justification: `Because.${' '.repeat(30)}` }, /justification/],
    ['approved by nobody', { approved_by: [] }, /approved_by/],
    ['approved by who asked', { approved_by: ['ana', 'omar'] }, /may not approve/],
    ['approved by who asked, written otherwise', { approved_by: ['Omar '] }, /may not approve/],
    ['of a rule that is not', { lifts: ['resource.rows', 'resource.gone'] }, /no rule `resource\.gone`/],
    ['of a rule that may not be lifted', { lifts: ['resource.hard'] }, /may not be lifted/],
    ['of a grant', { lifts: ['resource.granted'] }, /is no objection/],
    ['of a pattern', { lifts: ['resource.*'] }, /no rule/],
    ['that ends before it begins', { expires_at: '2026-10-01T00:00:00Z' }, /before it begins/],
    ['that lasts too long', { expires_at: '2026-12-01T00:00:01Z' }, /at most 30 days/],
    ['of compliance with one approver', { lifts: ['compliance.residency'] }, /needs 2 different approvers/],
    [
      'of compliance with one approver twice',
      { lifts: ['compliance.residency'], approved_by: ['ana', 'ana'] },
      /has 1/,
    ],
    [
      'of compliance for more than a week, hidden behind another rule',
      {
        lifts: ['resource.rows', 'compliance.residency'],
        approved_by: ['ana', 'priya'],
        expires_at: '2026-11-09T00:00:00Z',
      },
      /at most 7 days/,
    ],
    ['of a team’s part of compliance with one approver', { lifts: ['teams.cx.compliance.local'] }, /needs 2/],
    ['with an unknown key', { lift_everything: true }, /lift_everything/],
  ])('%s', (_what, change, reason) => {
    const { active, alarms } = judge({ ...OVERRIDE, ...change });
    expect(active).toEqual([]);
    expect(alarms).toMatchObject([
      { id: 'o-1', reason: expect.stringMatching(reason), file: 'overrides/data.yaml' },
    ]);
  });

  test('with another of the same id, and both are', () => {
    const { active, alarms } = judge(
      OVERRIDE,
      { ...OVERRIDE, lifts: ['servers.crm.limit'] },
      { ...OVERRIDE, id: 'o-2' },
    );
    expect(active.map(({ id }) => id)).toEqual(['o-2']);
    expect(alarms.map(({ id }) => id)).toEqual(['o-1', 'o-1']);
  });

  test.each([['text'], [{ a: OVERRIDE }], [null]])('in what is no list: %j', (listed) => {
    const text = JSON.stringify({ overrides: listed });
    const document = readDocument({ file: 'data.yaml', text });
    if (document.kind === 'refused') throw new Error('It reads.');
    expect(judgeOverrides(document.value, RULES)).toMatchObject({
      active: [],
      alarms: [{ id: 'overrides' }],
    });
  });

  test('in a list of what is no override', () => {
    expect(judge(null, 7, 'text').alarms.map(({ id }) => id)).toEqual([
      'overrides[0]',
      'overrides[1]',
      'overrides[2]',
    ]);
  });
});

test('overrides stand by id, in whole seconds within what was approved', () => {
  const times = { not_before: '2026-11-01T00:00:00.500Z', expires_at: '2026-11-08T00:00:00.500Z' };
  const { active } = judge({ ...OVERRIDE, id: 'b', ...times }, { ...OVERRIDE, id: 'a' });
  expect(active.map(({ id, not_before, expires_at }) => [id, not_before, expires_at])).toEqual([
    ['a', 1793491200, 1794096000],
    ['b', 1793491201, 1794096000],
  ]);
});

test('a bundle without overrides has none', () => {
  expect(judgeOverrides(undefined, RULES)).toEqual({ active: [], alarms: [] });
});

describe('beyond the cap of a bundle', () => {
  const OWNED = new Map([
    ...RULES,
    ['resource.size', entry(true)],
    ['resource.other', { ...entry(true), owner: 'others' }],
  ]);
  const CAPS = { resource: { overrides_max: 1 } };
  const judgeCapped = (...overrides: readonly object[]) => {
    const text = JSON.stringify(
      { overrides: overrides.map((change) => ({ ...OVERRIDE, ...change })) },
      null,
      1,
    );
    const document = readDocument({ file: 'overrides/data.yaml', text });
    if (document.kind === 'refused') throw new Error('It reads.');
    const { active, alarms } = judgeOverrides(document.value, OWNED, CAPS);
    return { active: active.map(({ id, over_cap }) => [id, over_cap]), alarms };
  };

  test('a further override is dropped, and the alarm says what it lacks', () => {
    const { active, alarms } = judgeCapped({ id: 'a' }, { id: 'b', lifts: ['resource.size'] });
    expect(active).toEqual([['a', undefined]]);
    expect(alarms).toMatchObject([
      {
        id: 'b',
        row: expect.any(Number),
        reason: expect.stringMatching(
          /^1 overrides of owners’s rules in `resource` hold already .* needs 2 different approvers, and it has 1\.$/,
        ),
      },
    ]);
  });

  test('it holds by one approval more, and the release says so', () => {
    expect(judgeCapped({ id: 'a' }, { id: 'b', approved_by: ['ana', 'priya'] })).toEqual({
      active: [
        ['a', undefined],
        ['b', true],
      ],
      alarms: [],
    });
    expect(judgeCapped({ id: 'a' }, { id: 'b', approved_by: ['ana', 'Ana '] }).alarms).toHaveLength(1);
  });

  test('which one is further is told by when they begin, then by id, not by their order in the file', () => {
    const later = { id: 'a', not_before: '2026-11-02T00:00:00Z' };
    expect(judgeCapped(later, { id: 'z' }).active).toEqual([['z', undefined]]);
    expect(judgeCapped({ id: 'n' }, { id: 'm' }).active).toEqual([['m', undefined]]);
  });

  test('only those count that hold at the same time, for the same owner, in the same bundle', () => {
    const next = { id: 'b', not_before: OVERRIDE.expires_at, expires_at: '2026-11-09T00:00:00Z' };
    expect(judgeCapped({ id: 'a' }, next).alarms).toEqual([]);
    expect(judgeCapped({ id: 'a' }, { id: 'b', lifts: ['resource.other'] }).alarms).toEqual([]);
    expect(judgeCapped({ id: 'a' }, { id: 'b', lifts: ['servers.crm.limit'] }).alarms).toEqual([]);
  });

  test('a dropped one takes no place, and one that holds beyond the cap does', () => {
    const approved = { approved_by: ['ana', 'priya'] };
    const third = { id: 'c', not_before: '2026-11-07T00:00:00Z', expires_at: '2026-11-09T00:00:00Z' };
    const short = { id: 'a', expires_at: '2026-11-02T00:00:00Z' };
    expect(judgeCapped(short, { id: 'b' }, third).alarms.map(({ id }) => id)).toEqual(['b']);
    expect(judgeCapped(short, { id: 'b', ...approved }, third).alarms.map(({ id }) => id)).toEqual(['c']);
  });

  test('an override of several owners’ rules needs a place with each', () => {
    const both = { id: 'b', lifts: ['servers.crm.limit', 'resource.size'] };
    expect(judgeCapped({ id: 'a' }, both).alarms.map(({ id }) => id)).toEqual(['b']);
  });
});
