import { CORPUS_LIMITS, type CorpusCase } from '@bailiff/contract';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Corpus, corpusText, readCorpus } from './corpus-file.ts';
import { sampleCase } from './testing/sample-case.ts';

const bytesOf = (text: string) => new TextEncoder().encode(text);
const corpusOf = (...cases: CorpusCase[]): Corpus => ({
  savedAt: '2026-11-22T13:45:00.000Z',
  policyVersion: '1.4.7+0123456789ab',
  cases,
});
const TEXT = corpusText(
  corpusOf(sampleCase({ id: 'd-2' }), sampleCase({ id: 'd-1', args: { note: 'ü\n' } })),
);

function refusalOf(bytes: Uint8Array) {
  const read = readCorpus(bytes, 'corpus.jsonl');
  if (read.kind === 'read') throw new Error('It was read.');
  const [finding] = read.findings;
  expect(finding?.mend).not.toBe('');
  return finding;
}

test('a corpus that was written is read as it was, by id', () => {
  const read = readCorpus(bytesOf(TEXT), 'corpus.jsonl');
  expect(read).toMatchObject({ kind: 'read', value: { policyVersion: '1.4.7+0123456789ab' } });
  if (read.kind === 'refused') return;
  expect(read.value.cases.map(({ id }) => id)).toEqual(['d-1', 'd-2']);
  expect(corpusText(read.value)).toBe(TEXT);
});

describe('a file is refused, with its row and what to do', () => {
  test('cut off anywhere', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: bytesOf(TEXT).length - 1 }), (length) => {
        expect(refusalOf(bytesOf(TEXT).subarray(0, length))?.file).toBe('corpus.jsonl');
      }),
    );
    expect(refusalOf(bytesOf(TEXT.slice(0, -1)))?.code).toBe('corpus_truncated');
    expect(refusalOf(bytesOf(`${TEXT.split('\n').slice(0, 2).join('\n')}\n`))).toMatchObject({
      code: 'corpus_truncated',
      detail: expect.stringContaining('says 2 cases, and 1 lines follow'),
    });
  });

  test('with any bit changed', () => {
    const bytes = bytesOf(TEXT);
    // The header’s time and version say nothing that cases are held to.
    const from = bytes.indexOf(0x0a) + 1;
    fc.assert(
      fc.property(
        fc.integer({ min: from, max: bytes.length - 1 }),
        fc.integer({ min: 0, max: 7 }),
        (at, bit) => {
          const flipped = Uint8Array.from(bytes);
          flipped[at] = (flipped[at] ?? 0) ^ (1 << bit);
          refusalOf(flipped);
        },
      ),
    );
  });

  test('with an expectation that was written over', () => {
    const changed = TEXT.replace('"outcome":"allow"', '"outcome":"deny"');
    expect(refusalOf(bytesOf(changed))).toMatchObject({
      code: 'corpus_digest_mismatch',
      mend: expect.stringContaining('./bailiff corpus accept'),
    });
  });

  test('with a huge line, before it is parsed', () => {
    const huge = `${TEXT.split('\n')[0]}\n${' '.repeat(CORPUS_LIMITS.lineBytes + 1)}\n`;
    expect(refusalOf(bytesOf(huge))).toMatchObject({ code: 'corpus_line_too_long', row: 2 });
  });

  test('that is larger than any corpus may be', () => {
    const bytes = new Uint8Array(CORPUS_LIMITS.fileBytes + 1).fill(0x0a);
    expect(refusalOf(bytes)?.code).toBe('corpus_too_large');
  });

  test.each([
    ['nothing', new Uint8Array(), 'corpus_line_invalid'],
    ['another schema', bytesOf('{"schema":"bailiff/corpus/v2"}\n'), 'corpus_line_invalid'],
    ['no UTF-8', Uint8Array.from([0xff, 0x0a]), 'corpus_line_invalid'],
    [
      'a key twice',
      bytesOf('{"schema":"bailiff/corpus/v1","schema":"bailiff/corpus/v1"}\n'),
      'corpus_line_invalid',
    ],
    ['depth without end', bytesOf(`${'['.repeat(5_000)}${']'.repeat(5_000)}\n`), 'corpus_line_invalid'],
    ['millions of empty lines', bytesOf(`${TEXT}${'\n'.repeat(2_000_000)}`), 'corpus_truncated'],
  ])('that holds %s', (_what, bytes, code) => {
    expect(refusalOf(bytes)).toMatchObject({ code });
  });

  test('with the same id twice, or an input that is not whole', () => {
    const twice = corpusText(corpusOf(sampleCase({ id: 'd-1' }), sampleCase({ id: 'd-1' })));
    expect(refusalOf(bytesOf(twice))).toMatchObject({ code: 'corpus_case_duplicate', row: 3 });
    const { user: _user, ...input } = sampleCase({ id: 'd-1' }).input;
    const partial = { ...sampleCase({ id: 'd-1' }), input } as unknown as CorpusCase;
    expect(refusalOf(bytesOf(corpusText(corpusOf(partial))))).toMatchObject({
      code: 'corpus_line_invalid',
      row: 2,
      detail: expect.stringContaining('input.user'),
    });
  });
});
