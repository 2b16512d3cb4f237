import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LineReader } from './line-reader.ts';

function read(chunks: readonly Buffer[], bytesMax: number) {
  const lines: string[] = [];
  const oversized: string[] = [];
  const reader = new LineReader(bytesMax, {
    line: (bytes) => void lines.push(bytes.toString()),
    oversized: ({ head, tail }) => void oversized.push(`${head}${tail}`),
  });
  for (const chunk of chunks) reader.push(chunk);
  reader.end();
  return { lines, oversized };
}

test('finds the same lines however the stream is cut into chunks', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ minLength: 1 })), fc.array(fc.nat({ max: 40 })), (texts, cuts) => {
      const lines = texts.map((text) => text.replaceAll('\n', ' '));
      const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
      const chunks: Buffer[] = [];
      let at = 0;
      for (const cut of cuts) {
        chunks.push(bytes.subarray(at, at + cut));
        at += cut;
      }
      chunks.push(bytes.subarray(at));
      expect(read(chunks, 10_000).lines).toStrictEqual(lines);
    }),
  );
});

test('lets an oversized line go by, keeping its ends, and reads on behind it', () => {
  const huge = `{"id":"d1",${'x'.repeat(50_000)},"end":1}`;
  const chunks = [...`${huge}\nnext\n`.matchAll(/.{1,777}/gs)].map(([part]) => Buffer.from(part));
  const { lines, oversized } = read(chunks, 10_000);
  expect(lines).toStrictEqual(['next']);
  expect(oversized).toHaveLength(1);
  expect(oversized[0]).toMatch(/^{"id":"d1",x+,"end":1}$/);
  expect(oversized[0]?.length).toBeLessThanOrEqual(2_048);
});

test('takes what is left at the end for a line', () => {
  expect(read([Buffer.from('one\ntwo')], 10_000).lines).toStrictEqual(['one', 'two']);
});
