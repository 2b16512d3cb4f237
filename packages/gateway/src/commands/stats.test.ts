import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import type { RecordStatistics } from '../insight/stats.ts';
import { tellStatistics } from './stats.ts';

const NOTHING: RecordStatistics = {
  since: '2026-11-22T00:00:00.000Z',
  until: '2026-11-23T00:00:00.000Z',
  decisions: 0,
  denied: 0,
  denial_rate: null,
  allowed: 0,
  approval_required: 0,
  refused: 0,
  lists: 0,
  latency_ms: null,
  hours: [],
  reasons: [],
  results: [],
  agents: [],
  tools: [],
  rules: [],
  policy_version: null,
  rules_never_fired: [],
};

const told = (statistics: Partial<RecordStatistics>) =>
  stripVTControlCharacters(tellStatistics({ ...NOTHING, ...statistics }));
const rows = <Row>(count: number, row: (index: number) => Row) =>
  Array.from({ length: count }, (_, index) => row(index));
const decided = { decisions: 1, denied: 0, denial_rate: 0 };

test('a table that does not show everything says so, and one that does says nothing', () => {
  const full = told({ reasons: rows(10, (index) => ({ reason: `reason_${index}`, count: 1 })) });
  expect(full).toContain('Reasons, those of refused requests too\n');
  expect(full).toContain('reason_9');
  const cut = told({
    reasons: rows(23, (index) => ({ reason: `reason_${index}`, count: 1 })),
    agents: rows(11, (index) => ({ agent: `agent-${index}`, ...decided })),
    tools: rows(12, (index) => ({ tool: `crm.tool_${index}`, ...decided })),
    hours: rows(25, () => ({ hour: '2026-11-22T13:00:00.000Z', ...decided })),
  });
  expect(cut).toContain('too, the 10 most frequent of 23; --json has all\n');
  expect(cut).not.toContain('reason_10');
  expect(cut).toContain('Agents, the 10 most frequent of 11; --json has all\n');
  expect(cut).toContain('Tools, the 10 most frequent of 12; --json has all\n');
  expect(cut).toContain('Denials by hour, the last 24 of 25 hours; --json has all\n');
});

test('what was refused before a decision, and lists, are told apart from decisions', () => {
  const text = told({ decisions: 3, allowed: 2, denied: 1, denial_rate: 1 / 3, refused: 4, lists: 5 });
  expect(text).toMatch(
    /decisions +3\n +allow +2\n +deny +1 \(33\.3 %\)\n +approval_required +0\n +refused +4 requests before a decision, as without a credential\n +lists +5, not among the decisions\n/,
  );
});

test('what rules did and would have done is counted, the watched first', () => {
  const text = told({
    rules: [
      { rule: 'resource.often', matched: 9, watched: 0 },
      { rule: 'compliance.tried', matched: 0, watched: 2 },
    ],
  });
  expect(text).toMatch(/RULE +MATCHED +WATCHED\n +compliance\.tried +0 +2\n +resource\.often +9 +0\n/);
});
