import type { CorpusCase } from '@bailiff/contract';
import { compare } from '../finding.ts';
import type { Corpus } from './corpus-file.ts';

/** Files, by name, with which `opa test` holds a release to a corpus without any of this gateway. */
export function opaTestsOf({ cases }: Pick<Corpus, 'cases'>): ReadonlyMap<string, string> {
  const sorted = cases.toSorted((a, b) => compare(a.id, b.id));
  const data = {
    bailiff_corpus: {
      cases: Object.fromEntries(sorted.map(({ id, input, expect }) => [id, { input, expect }])),
    },
  };
  return new Map([
    ['corpus_test.rego', `${HEAD}${sorted.map(testOf).join('')}`],
    ['data.json', `${JSON.stringify(data)}\n`],
    // Beside a release, whose own roots are others, OPA takes this for a bundle.
    ['.manifest', `${JSON.stringify({ roots: ['bailiff_corpus', 'bailiff_corpus_test'] })}\n`],
  ]);
}

const HEAD = `# METADATA
# description: >-
#   Recorded decisions that a release must decide as they were. Run beside it: opa test --bundle release.tar.gz .
package bailiff_corpus_test

decided(id) := answer if {
	answer := data.bailiff.decision with input as data.bailiff_corpus.cases[id].input
}

expected(id) := data.bailiff_corpus.cases[id].expect
`;

function testOf({ id, input, expect }: CorpusCase, index: number): string {
  const about = `${input.agent.id}, ${input.action.target.id}: ${expect.outcome}`;
  const key = JSON.stringify(id);
  return `
# ${about.replace(/[^\x20-\x7e]/g, '?')}
test_${String(index + 1).padStart(5, '0')}_${id.replace(/[^A-Za-z0-9]+/g, '_')} if decided(${key}).outcome == expected(${key}).outcome
`;
}
