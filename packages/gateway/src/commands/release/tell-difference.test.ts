import type { DataDifference, ReleaseDifferenceDocument } from '@bailiff/contract';
import { expect, test } from 'vitest';
import { tellDifference } from './tell-difference.ts';

const NONE: ReleaseDifferenceDocument = {
  ...{ from: 'a', to: 'b', bundles: [], rules: [], agents: [], tool_pins: [], launches: [] },
  ...{ registrations: [], keys: [], overrides: [], catalogue: [], data: [], rego: [], not_compared: [] },
};
const tellData = (changes: readonly DataDifference[], more = 0, part = 'compliance') =>
  tellDifference({ ...NONE, data: [{ part, changes, more }] });

test('a difference tells what was added, removed and changed, or that nothing was', () => {
  expect(tellDifference(NONE)).toBe('a → b\nNothing differs.\n');
  const rules = [
    { name: 'one', from: null, to: 'deny' },
    { name: 'two', from: 'deny', to: null },
    { name: 'three', from: 'deny', to: 'watch' },
  ];
  expect(tellDifference({ ...NONE, rules })).toBe(
    'a → b\n\nrules\n  + one deny\n  - two deny\n  ~ three deny → watch\n',
  );
});

test('an answer of a gateway that compares no data is told as far as it goes', () => {
  const { data: _, rego: __, not_compared: ___, ...older } = NONE;
  expect(tellDifference(older)).toBe('a → b\nNothing differs.\n');
});

test('values of data are told by path, each change on a line', () => {
  const path = 'policy.compliance';
  expect(
    tellData([
      { kind: 'changed', path: `${path}.rows_max`, from: 50, to: 100 },
      { kind: 'added', path: `${path}.regions`, to: ['eu'] },
      { kind: 'removed', path: `${path}.limit`, from: { rows: 1 } },
      { kind: 'members', path: `${path}.groups`, added: ['cx', 'ops'], removed: ['hr'] },
      { kind: 'reordered', path: `${path}.order`, from: [1, 2], to: [2, 1] },
    ]),
  ).toBe(
    [
      'a → b\n\ndata of compliance',
      '  ~ policy.compliance.rows_max: 50 → 100',
      '  + policy.compliance.regions: ["eu"]',
      '  - policy.compliance.limit: {"rows":1}',
      '  ~ policy.compliance.groups: added "cx", "ops"; removed "hr"',
      '  ~ policy.compliance.order: the same members in another order: [1,2] → [2,1]\n',
    ].join('\n'),
  );
});

test('of very much in one bundle is told how much more there is, and where', () => {
  const change = (at: number) => ({ kind: 'changed', path: `p${at}`, from: 0, to: 1 }) as const;
  const told = tellData(
    Array.from({ length: 30 }, (_, at) => change(at)),
    5,
  );
  expect(told).toContain('~ p19: 0 → 1\n  and 15 more: --json\n');
  expect(told).not.toContain('p20');
});

test('long values are shortened, and what differs in them is shown', () => {
  const long = 'x'.repeat(1_000);
  const told = tellData([{ kind: 'changed', path: 'p', from: `${long}old`, to: `${long}new` }]);
  expect(told).toMatch(/…x+old" → …x+new"\n$/);
  expect(told.length).toBeLessThan(200);
  expect(tellData([{ kind: 'added', path: 'p', to: long }])).toMatch(/x… \(1002 characters\)\n$/);
  const many = Array.from({ length: 12 }, (_, at) => at);
  expect(tellData([{ kind: 'members', path: 'p', added: many, removed: [] }])).toContain(
    'added 0, 1, 2, 3, 4, 5, 6, 7 and 4 more\n',
  );
});

test('nothing in a value, a path or a text of Rego steers the terminal', () => {
  const evil = '\u001b[31m\u202e\n';
  const told = [
    tellData([{ kind: 'added', path: evil, to: evil }], 0, evil),
    tellData([{ kind: 'members', path: evil, added: [evil], removed: [] }]),
    tellDifference({
      ...NONE,
      rego: [
        {
          part: evil,
          changes: [{ what: evil, rule: evil, file: evil, from: evil, to: `${evil}x` }],
          more: 0,
        },
      ],
      not_compared: [{ policy_version: evil, detail: evil }],
    }),
  ].join('');
  for (const character of ['\u001b', '\u202e']) expect(told).not.toContain(character);
});

test('of Rego the lines that differ are shown, under the rule that they belong to', () => {
  const text = (rows: number) => `deny contains "rows" if {\n\tinput.a\n\tinput.rows > ${rows}\n}`;
  const file = 'compliance/compliance.rego';
  const rego = [
    {
      part: 'compliance',
      changes: [
        { what: 'deny contains "rows"', rule: 'compliance.rows', file, from: text(50), to: text(100) },
        { what: 'limit', rule: null, file, from: 'limit := 1', to: null },
      ],
      more: 0,
    },
  ];
  expect(tellDifference({ ...NONE, rego })).toBe(
    [
      'a → b\n\nrego of compliance',
      '  ~ deny contains "rows" (compliance.rows), compliance/compliance.rego',
      '      -   input.rows > 50',
      '      +   input.rows > 100',
      '  - limit, compliance/compliance.rego',
      '      - limit := 1\n',
    ].join('\n'),
  );
});

test('what could not be compared is told before anything else, and nothing else is no “nothing”', () => {
  const not_compared = [{ policy_version: 'a', detail: 'Its bundle is no longer stored.' }];
  expect(tellDifference({ ...NONE, not_compared })).toBe(
    'a → b\na: Its bundle is no longer stored.\nNothing else differs.\n',
  );
});

test('entries of the catalogue are told value by value where they were compared so, else by name', () => {
  const catalogue = [{ name: 'servers/crm', from: 'entry 1', to: 'entry 2' }];
  expect(tellDifference({ ...NONE, catalogue })).toContain('~ servers/crm entry 1 → entry 2');
  const path = 'catalogue.servers.crm.title';
  const changes = [{ kind: 'changed', path, from: 'CRM', to: 'Customers' } as const];
  expect(tellDifference({ ...NONE, catalogue, data: [{ part: 'catalogue', changes, more: 0 }] })).toBe(
    'a → b\n\ncatalogue\n  ~ catalogue.servers.crm.title: "CRM" → "Customers"\n',
  );
});
