import { Writable } from 'node:stream';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { notifierOf } from './notifier.ts';

test.each([
  ['info', 1],
  ['warn', 1],
  ['error', 1],
  ['fatal', 1],
  ['silent', 0],
])('a notification is told by a log of level %s and counted', async (level, told) => {
  const lines: { level: number; to: string[]; decision_id: string }[] = [];
  const out = new Writable({
    write(line, _encoding, done) {
      lines.push(JSON.parse(String(line)));
      done();
    },
  });
  let counted = 0;
  const observeNotification = () => {
    counted += 1;
  };
  await notifierOf(pino({ level }, out), { observeNotification })(['privacy'], 'D1');
  expect(lines.map(({ level, to, decision_id }) => [level, to, decision_id])).toEqual(
    Array.from({ length: told }, () => [40, ['privacy'], 'D1']),
  );
  expect(counted).toBe(1);
});
