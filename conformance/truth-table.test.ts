import type { JsonObject, KernelAnswer } from '@bailiff/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DEFAULT_INPUT } from './default-input.ts';
import { AskedKernel } from './laws/ask-kernel.ts';
import { releaseWith, type Said, type World } from './laws/worlds.ts';
import { entryDefaults } from './synthetic-release.ts';
import { decidingRow, LETTERS, type Letter, TRUTH_TABLE } from './truth-table.ts';

type Facts = Readonly<Record<Letter, boolean>>;

const letters = Object.keys(LETTERS) as Letter[];
const combinations: readonly Facts[] = Array.from(
  { length: 2 ** letters.length },
  (_, bits) =>
    Object.fromEntries(letters.map((letter, place) => [letter, (bits & (1 << place)) !== 0])) as Facts,
);

/** The bundle that says one finding of each kind. */
function saying(findings: Readonly<Record<string, JsonObject>>): Said {
  const said: Record<string, (string | JsonObject)[]> = {};
  const catalogue: Record<string, JsonObject> = {};
  for (const [id, { kind, duty, ...fields }] of Object.entries(findings)) {
    const finding = duty === undefined ? id : { id, ...(duty as JsonObject) };
    said[String(kind)] = [...(said[String(kind)] ?? []), finding];
    catalogue[id] = { ...entryDefaults(id), mode: 'enforce', kind, ...fields } as unknown as JsonObject;
  }
  return { ...said, catalogue };
}

/** A world in which exactly these letters hold. */
function worldOf({ E, H, D, G, O, A }: Facts): World {
  const release = releaseWith([], false);
  const { compliance: _gone, ...bundles } = release.bundles;
  const capabilities = { servers: ['crm'], tools: ['crm.*'], data_classes: ['customer_data'] };
  return {
    input: DEFAULT_INPUT as unknown as JsonObject,
    release: E ? { ...release, bundles } : release,
    policy: {
      identity: { ...saying({ who: { kind: 'allow' } }), capabilities },
      resource: saying(G ? { what: { kind: 'allow' } } : {}),
      workflow: saying({
        ...(H ? { hard: { kind: 'deny' } } : {}),
        ...(D ? { soft: { kind: 'deny', overridable: true } } : {}),
        ...(O ? {} : { odd: { kind: 'oblige', duty: { kind: 'shred' } } }),
        ...(A ? { asks: { kind: 'require_approval' } } : {}),
      }),
      compliance: saying({}),
    },
    teams: {},
    servers: {},
    subagents: {},
  };
}

describe('the table', () => {
  test('has a row for every combination, and every row is the first for one', () => {
    const deciding = new Set(combinations.map((facts) => decidingRow(facts).row));
    expect([...deciding].sort()).toEqual(TRUTH_TABLE.map(({ row }) => row));
  });
});

describe('the kernel', () => {
  let kernel: AskedKernel;
  let answers: readonly KernelAnswer[];
  beforeAll(async () => {
    kernel = await AskedKernel.start();
    answers = await kernel.decide(...combinations.map(worldOf));
  });
  afterAll(() => kernel[Symbol.asyncDispose]());

  test.each(
    combinations.map((facts, position) => [lettersIn(facts), facts, position] as const),
  )('decides by the first row that matches where %s', (_name, facts, position) => {
    const { row, outcome } = decidingRow(facts);
    expect(answers[position]?.metadata.resolution).toBe(row);
    expect(answers[position]?.outcome).toBe(outcome);
    expect(answers[position]?.allow).toBe(outcome === 'allow');
  });
});

function lettersIn(facts: Facts): string {
  const holding = letters.filter((letter) => facts[letter]);
  return holding.length === 0
    ? 'no letter holds'
    : `${holding.join(', ')} hold${holding.length === 1 ? 's' : ''}`;
}
