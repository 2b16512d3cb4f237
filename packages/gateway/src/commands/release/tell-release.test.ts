import { expect, test } from 'vitest';
import { tellActivation, tellList, tellPromotion, tellStatus, tellStop } from './tell-release.ts';

const AT = '2026-11-22T12:00:00.000Z';
const finding = { file: 'a.rego', row: 3, code: 'c', detail: 'd', mend: 'm' };
const held = { check: 'compose', since: AT, detail: 'a.rego:3: c: d \u001b[31mred', findings: [finding] };
const bundle = {
  ...{
    name: 'compliance',
    revision: '1.0.0+aaaaaaaaaaaa',
    owners: ['ada'],
    author: 'ada',
    source: 'http://x',
  },
  ...{ signed_by: 'release', approved_by: ['ben'], held },
  pull: {
    last_pull: { at: AT, outcome: 'failed', detail: 'It hangs.' },
    ...{ next_pull_at: AT, age_seconds: 61.4, stale: true, from_disk: true },
  },
};
const STATUS = {
  ...{
    active: '1.0.0+abc',
    held: { compliance: held },
    last_attempt: null,
    activations: [],
    bundles: [bundle],
  },
  rollout: { trial: null, window: null, stopped: null },
};

test('a status tells of each bundle whose it is, how old it is, and why it is held back, and of no terminal’s commands', () => {
  const told = tellStatus(STATUS);
  for (const part of [
    '1.0.0+abc',
    'release, approved by ben',
    '61 s old',
    'copy on disk',
    'stale: counts as missing',
    'It hangs.',
    'held back compliance: a.rego:3',
  ])
    expect(told).toContain(part);
  expect(told).not.toContain('\u001b[31mred');
});

test('all that is wrong with a part is told, a line each; of very much, how much more there is and where', () => {
  const finding = (row: number) => ({ file: 'b.rego', row, code: 'c', detail: 'd', mend: 'm' });
  const withFindings = (count: number) => {
    const findings = Array.from({ length: count }, (_, index) => finding(index + 1));
    return tellStatus({ ...STATUS, held: { compliance: { ...held, detail: 'first (and more)', findings } } });
  };
  expect(withFindings(3)).toMatch(
    /compliance: 3 findings \(compose\)\n {2}b\.rego:1: c: d — m\n {2}b\.rego:2: c: d — m\n {2}b\.rego:3: c: d — m\n$/,
  );
  const many = withFindings(23);
  expect(many).toContain('b.rego:20: c');
  expect(many).not.toContain('b.rego:21: c');
  expect(many).toContain('\n  and 3 more: --json\n');
});

test('an answer that is none is an error, not a status', () => {
  for (const answer of [undefined, {}, { ...STATUS, bundles: 'none' }])
    expect(() => tellStatus(answer)).toThrow();
});

test('the active release is marked in the list', () => {
  const release = { at: AT, author: 'ada', reason: 'why', bundles: {} };
  const told = tellList({
    active: 'b',
    releases: [
      { ...release, policy_version: 'b' },
      { ...release, policy_version: 'a' },
    ],
  });
  expect(told.split('\n').filter((line) => line.includes('*'))).toEqual([expect.stringMatching(/^\*\s+b/)]);
});

test('a switch tells what decides since when, by whom and why', () => {
  const told = tellActivation({
    policy_version: 'a',
    at: AT,
    by: 'olga',
    reason: 'broken',
    kind: 'rolled_back',
  });
  expect(told).toContain(`a decides since ${AT} (olga: broken)`);
});

const TRIAL = {
  ...{ policy_version: '1.0.0+def', stage: 'canary', since: AT, calls: 0, differing: 0, errors: 0 },
  ...{ errors_max: 20, halted: null },
  denials: { candidate: { agents: 0, denied: 0 }, active: { agents: 0, denied: 0 } },
};
const PROMOTED = { policy_version: '1.0.0+abc', at: AT, by: 'olga', reason: 'fine', kind: 'promoted' };

test('a promotion is told in one sentence', () => {
  const { rollout } = STATUS;
  expect(tellPromotion({ ...STATUS, rollout: { ...rollout, trial: TRIAL } })).toBe(
    `1.0.0+def is in its canary since ${AT}; for all others 1.0.0+abc decides.\n`,
  );
  expect(tellPromotion({ ...STATUS, activations: [PROMOTED] })).toBe(
    `1.0.0+abc decides since ${AT} (olga: fine)\n`,
  );
});

test('the end of a trial is told in one sentence', () => {
  const stopped = { policy_version: '1.0.0+def', at: AT, reason: 'no good (olga)' };
  expect(tellStop({ ...STATUS, rollout: { ...STATUS.rollout, stopped } })).toBe(
    'The trial of 1.0.0+def is over: no good (olga). 1.0.0+abc decides for all agents.\n',
  );
});

test('what people took back or what waits for a trial is not told as broken', () => {
  const withdrawn = { ...held, check: 'withdrawn', detail: 'Rolled back by olga: it is broken.' };
  const waiting = { ...held, check: 'waiting', detail: 'It waits.' };
  const told = tellStatus({
    ...STATUS,
    held: { compliance: withdrawn, resource: waiting },
    bundles: [{ ...bundle, held: withdrawn }],
  });
  expect(told).toContain('withdrawn compliance: Rolled back by olga: it is broken.');
  expect(told).toContain('waits resource: It waits.');
  expect(told).not.toContain('held back');
});

test('the list tells below each release who promoted it and who went back from it, and why', () => {
  const left = { at: AT, by: 'mara', reason: 'refunds\u001b[31m are refused', kind: 'left', to: 'a' };
  const told = tellList({
    active: 'a',
    releases: [
      {
        ...{ policy_version: 'b', at: AT, author: 'ada', reason: 'why', bundles: {} },
        history: [
          { at: AT, by: 'ada', reason: 'why', kind: 'watch' },
          { at: AT, by: 'olga', reason: 'fine', kind: 'promoted' },
          left,
        ],
      },
      { policy_version: 'a', at: AT, author: 'ada', reason: 'first', bundles: {} },
    ],
  });
  const lines = told.split('\n');
  expect(lines[2]).toBe(`     watched ${AT}`);
  expect(lines[3]).toBe(`     promoted to everyone ${AT} by olga: fine`);
  expect(lines[4]).toMatch(/^ {5}left for a .* by mara: refunds\\u\{1b\}\[31m are refused$/);
  expect(lines[5]).toMatch(/^\*\s+a/);
});

test('the list tells that a later change joined a trial, on both sides', () => {
  const brought = { author: 'policy folder', reason: 'why', bundles: {} };
  const step = { at: AT, by: 'policy folder', reason: 'why' };
  const told = tellList({
    active: null,
    releases: [
      { ...brought, policy_version: 'b', at: AT, history: [{ ...step, kind: 'watch', from: 'a' }] },
      {
        ...{ ...brought, policy_version: 'a', at: AT },
        history: [
          { ...step, kind: 'watch' },
          { ...step, reason: 'a later change of resource joined its trial', kind: 'joined', to: 'b' },
        ],
      },
    ],
  });
  const lines = told.split('\n');
  expect(lines[2]).toBe(`     watched, joining the trial of a, ${AT}`);
  expect(lines.slice(4, 6)).toEqual([
    `     watched ${AT}`,
    `     went on as b ${AT}: a later change of resource joined its trial`,
  ]);
});

test('a trial that was stopped is told as the last one, not as what is', () => {
  const stopped = { policy_version: '1.0.0+def', at: AT, reason: 'no good (olga)' };
  const told = tellStatus({ ...STATUS, rollout: { ...STATUS.rollout, stopped } });
  expect(told.split('\n').slice(0, 2)).toEqual([
    'active     1.0.0+abc',
    `last trial 1.0.0+def was stopped at ${AT}: no good (olga)`,
  ]);
});
