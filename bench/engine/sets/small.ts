import { readFile } from 'node:fs/promises';
import { bundleOf, type PolicySet } from './policy-set.ts';
import { pick, seeded } from './random.ts';

const DATA = {
  hours: { opens: 420, closes: 1_200 },
  folder: 'handbook',
  rows_max: { 'crm.list': 100, 'crm.search': 50 },
  grants: {
    support: ['crm.list', 'crm.search', 'files.read'],
    sales: ['crm.search', 'mail.send'],
    operations: ['crm.list', 'crm.search', 'crm.delete', 'files.read', 'files.write', 'mail.send'],
  },
};
const ARGUMENTS: readonly Readonly<Record<string, unknown>>[] = [
  { rows: 20 },
  { rows: 75, table: 'customers' },
  { rows: 5_000 },
  { path: 'handbook/refunds.md' },
  { path: 'handbook/../finance/salaries.csv' },
  { path: 'finance/salaries.csv' },
  { to: ['mara@acme.example'], body: 'The invoice of last week is paid, with thanks from all of us.' },
  {},
];
const TOOLS = ['crm.list', 'crm.search', 'crm.delete', 'files.read', 'files.write', 'mail.send'];
const INPUTS = 240;

/** Five rules over a few facts. */
export async function smallSet(place: { readonly folder: string; readonly opa: string }): Promise<PolicySet> {
  const rego = await readFile(new URL('small.rego', import.meta.url), 'utf8');
  const bundle = await bundleOf({ 'small.rego': rego, 'data.json': JSON.stringify(DATA) }, place);
  const random = seeded(5);
  const inputs = Array.from({ length: INPUTS }, (_none, index) =>
    JSON.stringify({
      user: { id: `user-${index}`, roles: [pick(random, ['support', 'sales', 'operations', 'guest'])] },
      action: { type: 'tool_call', tool: pick(random, TOOLS), args: pick(random, ARGUMENTS) },
      environment: {
        region: 'eu-west',
        minute_of_day: pick(random, [300, 500, 600, 700, 825, 1_199, 1_300]),
      },
    }),
  );
  return { name: 'small', title: '5 rules', bundle, inputs };
}
