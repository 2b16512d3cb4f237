import { expect, test } from 'vitest';
import { historyIn } from './history.ts';

const at = (minute: number) => `2026-02-03T04:0${minute}:00.000Z`;
const who = (minute: number, by: string, reason: string) => ({ at: at(minute), by, reason });

test('tells of each release who tried it, promoted it and went back from it, and why', () => {
  const history = historyIn({
    activations: [
      { policy_version: 'a', kind: 'delivered', ...who(0, 'ada', 'The first release.') },
      { policy_version: 'b', kind: 'promoted', ...who(3, 'olga', 'nobody missed anything') },
      { policy_version: 'a', kind: 'rolled_back', ...who(4, 'mara', 'refunds are refused') },
    ],
    trials: [
      { policy_version: 'b', kind: 'watch', ...who(1, 'ada', 'compliance 1.0.0 → 1.1.0') },
      { policy_version: 'b', kind: 'canary', ...who(2, 'olga', 'a day without a difference') },
      { policy_version: 'c', kind: 'watch', ...who(5, 'ben', 'more') },
      { policy_version: 'c', kind: 'stopped', ...who(6, 'olga', 'no good') },
    ],
  });
  const told = Object.fromEntries(
    [...history].map(([version, steps]) => [
      version,
      steps.map(({ kind, by, reason, to }) =>
        [kind, by, reason, ...(to === undefined ? [] : [to])].join(' '),
      ),
    ]),
  );
  expect(told).toEqual({
    a: ['delivered ada The first release.', 'rolled_back mara refunds are refused'],
    b: [
      'watch ada compliance 1.0.0 → 1.1.0',
      'canary olga a day without a difference',
      'promoted olga nobody missed anything',
      'left mara refunds are refused a',
    ],
    c: ['watch ben more', 'stopped olga no good'],
  });
});

test('what a newer delivery took the place of was not left by anybody', () => {
  const activations = ['a', 'b'].map((policy_version, minute) => ({
    ...{ policy_version, kind: 'delivered' as const },
    ...who(minute, 'ada', 'more'),
  }));
  expect(
    historyIn({ activations, trials: [] })
      .get('a')
      ?.map(({ kind }) => kind),
  ).toEqual(['delivered']);
});
