import type { Answer } from '@bailiff/contract';
import { expect, test } from 'vitest';
import { isFault } from './fault.ts';

const answer = (reason: string, subject = 'engine', resolution = 1) =>
  ({
    reasons: [reason],
    metadata: { resolution, failures: [{ kind: reason, subject }] },
  }) as unknown as Answer;

test('a call that engine or bundles could not decide is the release’s fault', () => {
  expect(isFault(answer('policy_unavailable'))).toBe(true);
  expect(isFault(answer('policy_unavailable', 'bundle compliance', 2)), 'another row').toBe(false);
  expect(isFault(answer('argument_unusable'))).toBe(false);
});

test('a source that does not answer for too long is no release’s fault, so that it takes none back', () => {
  expect(isFault(answer('policy_unavailable', 'bundle_missing compliance'))).toBe(false);
});
