import { pino } from 'pino';
import { expect, test } from 'vitest';
import type { UndecidedEvent } from '../decision/decide.ts';
import { TELL_INTERVAL_MS, undecidedLog } from './undecided-log.ts';

function started() {
  const lines: Record<string, unknown>[] = [];
  const logger = pino({ base: null }, { write: (line: string) => void lines.push(JSON.parse(line)) });
  const clock = { nowMs: 1_000 };
  return { lines, clock, log: undecidedLog(logger, () => clock.nowMs) };
}

function event(reason: UndecidedEvent['reason'], facts: Partial<UndecidedEvent> = {}): UndecidedEvent {
  return {
    reason,
    subjects: ['engine'],
    retryable: true,
    engine: 'none',
    cause: new Error('250 ms have passed.'),
    decisionId: 'D-1',
    entrypoint: 'bailiff/decision',
    ...facts,
  };
}

test('a thousand refusals for one expected reason are one line without a stack', () => {
  const { lines, log } = started();
  for (let count = 0; count < 1_000; count += 1) log.observe(event('evaluation_timeout'));
  expect(lines).toMatchObject([
    { level: 40, reason: 'evaluation_timeout', refusals: 1, because: '250 ms have passed.' },
  ]);
  expect(JSON.stringify(lines)).not.toContain('stack');
});

test('one that goes on is told again after a while, with how many there were', () => {
  const { lines, clock, log } = started();
  for (let count = 0; count < 10; count += 1) log.observe(event('overloaded'));
  clock.nowMs += TELL_INTERVAL_MS;
  log.observe(event('overloaded'));
  expect(lines.map(({ refusals }) => refusals)).toEqual([1, 10]);
});

test('the end is told by the first decision after it has been quiet', () => {
  const { lines, clock, log } = started();
  log.observe(event('policy_unavailable'));
  log.decided();
  expect(lines).toHaveLength(1);
  clock.nowMs += TELL_INTERVAL_MS;
  log.decided();
  log.decided();
  expect(lines.slice(1)).toMatchObject([{ level: 30, reason: 'policy_unavailable' }]);
});

test.each([
  event('evaluation_malformed'),
  event('policy_unavailable', { subjects: ['gateway'] }),
  event('policy_unavailable', { subjects: ['compliance.rego:12'] }),
])('what nobody expects is told each time, with its stack (%#)', (unexpected) => {
  const { lines, log } = started();
  log.observe(unexpected);
  log.observe(unexpected);
  expect(lines).toHaveLength(2);
  expect(JSON.stringify(lines[1])).toContain('stack');
});

test('an argument that policy cannot read is the client’s mistake: no error of the gateway’s, and no stack', () => {
  const { lines, log } = started();
  const mistaken = event('argument_unusable', { subjects: ['input.action.args.amount'], engine: 'sidecar' });
  for (let count = 0; count < 100; count += 1) log.observe(mistaken);
  expect(lines).toMatchObject([{ level: 40, reason: 'argument_unusable', subjects: mistaken.subjects }]);
  expect(JSON.stringify(lines)).not.toContain('stack');
});
