import { expect, test } from 'vitest';
import { nearestDataPath } from './nearest-data-path.ts';

const DATA = { policy: { compliance: { secret_words: ['a'], rows: { max: 5 } } } };

test('data that nothing defines is told the name that is near, and whole', () => {
  const near = (path: string) => nearestDataPath(path.split('.'), DATA)?.join('.');
  expect(near('policy.compliance.secret_word')).toBe('policy.compliance.secret_words');
  expect(near('policy.complaince.rows.max')).toBe('policy.compliance.rows.max');
  expect(near('policy.compliance.rows.mx')).toBe('policy.compliance.rows.max');
  expect(near('policy.complaince.rows.min')).toBeUndefined();
  expect(near('policy.compliance.entirely_different')).toBeUndefined();
  expect(near('policy.compliance.rows.max.deeper')).toBeUndefined();
});
