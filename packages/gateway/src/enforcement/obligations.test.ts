import type { Obligation } from '@bailiff/contract';
import { expect, test } from 'vitest';
import { dutiesOf } from './obligations.ts';
import { toolCall } from './testing/calls.ts';

const FACTS = { region: 'eu-west' };
const limit = (limits: Extract<Obligation, { kind: 'limit' }>['limits']): Obligation => ({
  kind: 'limit',
  limits,
});
const only = (lists: Extract<Obligation, { kind: 'allow_only' }>['lists']): Obligation => ({
  kind: 'allow_only',
  lists,
});

test.each<[string, Obligation, Parameters<typeof toolCall>[1]]>([
  ['a row count within its limit', limit({ rows: 50 }), { args: { rows: 50 } }],
  ['every bound within its limit', limit({ rows: 50 }), { args: { rows: 5, limit: 50 } }],
  ['other bounds within the limit too', limit({ rows: 50 }), { args: { rows: 5, n: 50, first: 'Anna' } }],
  ['a token bound within its limit', limit({ tokens: 100 }), { args: { max_tokens: 99 } }],
  ['a cost within its limit', limit({ cost_cents: 500 }), { args: { cost_cents: 500 } }],
  ['an allowed model', only({ models: ['small'] }), { model: 'small' }],
  ['an allowed model named as an argument', only({ models: ['small'] }), { args: { model: 'small' } }],
  ['an allowed region', only({ regions: ['eu-west'] }), {}],
  ['allowed columns', only({ columns: ['id', 'name'] }), { args: { columns: ['name'] } }],
  ['a mask, which the record discharges', { kind: 'mask', fields: { '/action/args/iban': 'hash' } }, {}],
  ['an audit level, which the record discharges', { kind: 'audit', level: 'full', retention_days: 365 }, {}],
  ['tags, which the record discharges', { kind: 'tag', tags: ['pii'] }, {}],
])('%s is honoured', (_what, obligation, call) => {
  expect(dutiesOf([obligation], toolCall('read', call), FACTS).kind).toBe('dischargeable');
});

test.each<[string, Obligation, Parameters<typeof toolCall>[1]]>([
  ['a row limit on a call without any bound', limit({ rows: 50 }), {}],
  ['a row count beyond its limit', limit({ rows: 50 }), { args: { rows: 51 } }],
  ['one of two bounds beyond the limit', limit({ rows: 50 }), { args: { rows: 5, limit: 51 } }],
  ['a row count as text', limit({ rows: 50 }), { args: { rows: '5' } }],
  ['a negative row count, which often means all', limit({ rows: 50 }), { args: { rows: -1 } }],
  ['a row count of 0, which often means all', limit({ rows: 50 }), { args: { limit: 0 } }],
  ['a part of a row', limit({ rows: 50 }), { args: { limit: 1.5 } }],
  ['another bound beyond the limit', limit({ rows: 50 }), { args: { n: 100_000, count: 1 } }],
  ['another spelling beyond the limit', limit({ rows: 50 }), { args: { rows: 5, 'Max-Rows': 51 } }],
  ['another bound alone', limit({ rows: 50 }), { args: { n: 5 } }],
  ['a token bound of 0', limit({ tokens: 100 }), { args: { max_tokens: 0 } }],
  ['a row count that is only inherited', limit({ rows: 50 }), { args: Object.create({ rows: 5 }) }],
  ['a cost that nothing bounds', limit({ cost_cents: 1 }), {}],
  ['a model that is not listed', only({ models: ['small'] }), { model: 'large' }],
  ['models for a call that names none', only({ models: ['small'] }), {}],
  ['a region that is not listed', only({ regions: ['us-east'] }), {}],
  ['no columns, which often means all', only({ columns: ['id'] }), { args: { columns: [] } }],
  ['a column that is not listed', only({ columns: ['id'] }), { args: { columns: ['id', 'iban'] } }],
  ['a duty of an unknown kind', { kind: 'incantation' } as unknown as Obligation, {}],
])('%s is refused, since it could not be honoured', (_what, obligation, call) => {
  expect(dutiesOf([obligation], toolCall('read', call), FACTS).kind).toBe('unmet');
});

test('an unknown region is in no list', () => {
  expect(dutiesOf([only({ regions: ['eu-west'] })], toolCall('read'), { region: 'unknown' }).kind).toBe(
    'unmet',
  );
});

test('says what would be accepted, without repeating the value that was not', () => {
  const duties = dutiesOf([limit({ rows: 50 })], toolCall('read', { args: { rows: 987_654 } }), FACTS);
  expect(duties).toStrictEqual({
    kind: 'unmet',
    because: 'At most 50 rows are allowed; set the argument rows to an integer from 1 to that.',
  });
});

test('time-outs and notifications are handed on to be done', () => {
  const obligations: Obligation[] = [limit({ timeout_ms: 900 }), { kind: 'notify', to: ['privacy', 'mara'] }];
  expect(dutiesOf(obligations, toolCall('read'), FACTS)).toStrictEqual({
    kind: 'dischargeable',
    timeoutMs: 900,
    notify: ['privacy', 'mara'],
  });
});
