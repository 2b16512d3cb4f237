import { expect, test } from 'vitest';
import { isWanted } from './standing-stream.ts';

test('of changes of resources only those are heard that were subscribed to by exactly their address', () => {
  const wanted = { resources: ['test://a', 'test://folder/'], logLevel: undefined };
  const isHeard = (uri: string) =>
    isWanted({ method: 'notifications/resources/updated', params: { uri }, json: '' }, wanted);
  expect(isHeard('test://a')).toBe(true);
  for (const uri of ['test://a/part', 'test://a?q', 'test://a#f', 'test://folder/one', 'test://b'])
    expect(isHeard(uri), uri).toBe(false);
});
