import { describe, expect, test } from 'vitest';
import { HOW_DECISIONS_COMBINE_FILE, howDecisionsCombine } from '../tools/generate/how-decisions-combine.ts';
import { textOf } from '../tools/tree.ts';
import { readCases } from './case.ts';
import { TRUTH_TABLE } from './truth-table.ts';

describe('the guide on how decisions combine', () => {
  test('is what table, cases and laws give; else run `npm run generate`', async () => {
    expect(textOf(HOW_DECISIONS_COMBINE_FILE)).toBe(await howDecisionsCombine());
  });

  test('has a worked case for every row, and a case of its own for each', () => {
    const cases = readCases();
    const rowsOf = (those: typeof cases) =>
      new Set(
        those.map(({ want }) =>
          want === 'failure' ? 1 : (want.metadata as { resolution?: number })?.resolution,
        ),
      );
    const worked = rowsOf(cases.filter(({ worked: situation }) => situation !== undefined));
    const rows = TRUTH_TABLE.map(({ row }) => row);
    expect(rows.filter((row) => !worked.has(row))).toEqual([]);
    expect([...rowsOf(cases.filter(({ file }) => file.startsWith('rows/')))].sort()).toEqual(rows);
  });
});
