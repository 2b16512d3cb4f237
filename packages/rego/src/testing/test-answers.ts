import { describe, expect, test } from 'vitest';
import type { BuiltinGroup } from '../builtins/builtin.ts';
import { answerOf } from './answer-of.ts';

/** What OPA 1.22.2 answers, recorded: a sentence, a built-in, its operands, the result or the error. */
export type RecordedAnswer = readonly [sentence: string, name: string, operands: string, answer: string];

/** For tests: holds a group of built-ins to what OPA answers. */
export function testAnswers(topic: string, group: BuiltinGroup, answers: readonly RecordedAnswer[]): void {
  describe(topic, () => {
    test.each(answers)('%s', (_sentence, name, operands, answer) => {
      expect(answerOf(group, name, operands)).toBe(answer);
    });
  });
}
