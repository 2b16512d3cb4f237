import { isDeepStrictEqual } from 'node:util';
import type { Contender } from './contenders/contender.ts';

/**
 * Has every engine decide every input.
 * @returns how many of the answers are unlike any other, which tells what the inputs are worth.
 * @throws {Error} when one answers otherwise than the reference: what follows would compare different work.
 */
export async function assertSameAnswers(reference: Contender, others: readonly Contender[]): Promise<number> {
  const texts = await reference.answers();
  const expected = texts.map((text): unknown => JSON.parse(text));
  for (const contender of others) {
    const answers = await contender.answers();
    for (const [index, value] of expected.entries()) {
      const given: unknown = JSON.parse(answers[index] ?? 'null');
      if (isDeepStrictEqual(given, value)) continue;
      throw new Error(
        `${contender.name} answers input ${index} otherwise than ${reference.name}:\n${answers[index]}\n${texts[index]}`,
      );
    }
  }
  return new Set(texts).size;
}
