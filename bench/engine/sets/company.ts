import { join } from 'node:path';
import type { Input } from '@bailiff/contract';
import { wholeLibraryRelease } from '../../../conformance/whole-library.ts';
import { buildRelease } from '../../../packages/gateway/src/distribution/build-release.ts';
import { ROOT } from '../../children.ts';
import { ACTIONS, type Asked } from './company-actions.ts';
import type { PolicySet } from './policy-set.ts';
import { pick, seeded } from './random.ts';

const INPUTS = 320;
type Caller = Pick<Input, 'agent' | 'user'>;

/** The same with every rule of the library, asked the same. */
export async function librarySet({ opa }: { readonly opa: string }): Promise<PolicySet> {
  const { release } = await wholeLibraryRelease(opa);
  const title = `the example company with the whole library, ${release.rules.size} rules and the kernel`;
  return { name: 'library', title, bundle: release.bundle, inputs: companyInputs() };
}

/** The example company’s release as the builder makes it, asked what its agents ask. */
export async function companySet({ opa }: { readonly opa: string }): Promise<PolicySet> {
  const { release } = await buildRelease({
    directory: join(ROOT, 'examples/acme/policy'),
    kernel: join(ROOT, 'policies/kernel'),
    opa,
  });
  const title = `the example company, ${release.rules.size} rules and the kernel`;
  return { name: 'company', title, bundle: release.bundle, inputs: companyInputs() };
}

const callerOf = (
  agent: readonly [string, string, string, string],
  user: readonly [string, Input['user']['kind'], string[], string[]],
  chain: string[] = [],
): Caller => ({
  agent: { id: agent[0], scope: agent[1], owner_team: agent[2], version: agent[3], chain },
  user: { id: user[0], kind: user[1], groups: user[2], data_classifications_authorized: user[3] },
});
const SUPPORT = ['support-bot', 'support', 'cx', '3.2.0'] as const;
const SALES = ['sales-bot', 'sales', 'revenue', '2.0.1'] as const;
const OPS = ['ops-bot', 'operations', 'platform', '1.4.0'] as const;
const NIGHT = ['night-bot', 'batch', 'platform', '1.0.0'] as const;
const MARA = [
  'mara',
  'human',
  ['support-tier-2'],
  ['public', 'internal', 'customer_data', 'payment_data'],
] as const;
const LEE = ['lee', 'human', ['support-tier-1'], ['public', 'internal']] as const;
const SVEN = ['sven', 'human', ['sales'], ['public', 'internal', 'customer_data']] as const;
const OMAR = [
  'omar',
  'human',
  ['operations', 'ops-managers'],
  ['public', 'internal', 'customer_data', 'payment_data', 'employee_data'],
] as const;
const NIGHTLY = ['svc-nightly', 'service', ['service-accounts'], ['public', 'internal']] as const;
type UserFacts = Parameters<typeof callerOf>[1];
const user = ([id, kind, groups, classes]: readonly [
  string,
  string,
  readonly string[],
  readonly string[],
]): UserFacts => [id, kind as Input['user']['kind'], [...groups], [...classes]];

/** Who asks; those who come first come most often. */
const CALLERS: readonly Caller[] = [
  callerOf(SUPPORT, user(MARA)),
  callerOf(OPS, user(OMAR)),
  callerOf(SALES, user(SVEN)),
  callerOf(SUPPORT, user(LEE)),
  callerOf(NIGHT, user(NIGHTLY)),
  callerOf(OPS, user(OMAR), ['support-bot']),
  callerOf(SUPPORT, user(NIGHTLY)),
  callerOf(['shadow-bot', 'unknown', 'unknown', 'unknown'], user(MARA)),
  callerOf(
    ['support-bot', 'support', 'cx', '9.9.9'],
    user(['tess', 'human', ['support-tier-2'], ['public']]),
  ),
  callerOf(['legacy-bot', 'support', 'cx', '1.0.0'], user(['nobody', 'none', [], []]), [
    'ops-bot',
    'shadow-bot',
  ]),
  callerOf(SALES, user(['eve', 'human', ['sales'], []]), ['a', 'b', 'c', 'd']),
];

function companyInputs(): string[] {
  const random = seeded(7);
  return Array.from({ length: INPUTS }, (_none, index) => {
    const isOften = index % 4 !== 0;
    const caller = isOften ? (CALLERS[random(4)] as Caller) : pick(random, CALLERS);
    const input = inputOf(caller, ACTIONS[index % ACTIONS.length] as Asked, { random, index });
    return JSON.stringify(index % 80 === 79 ? broken(input, index) : input);
  });
}

/** A fault of the gateway’s, which the kernel answers with a refusal. */
function broken(input: Input, index: number): unknown {
  return index % 160 === 79
    ? { ...input, schema: 'bailiff/input/v0', context: { ...input.context, turn_count: '7' } }
    : { ...input, action: { ...input.action, effects: ['reads'], server: undefined } };
}

function inputOf(
  { agent, user: by }: Caller,
  { approval, flags = {}, seen = [], ...asked }: Asked,
  { random, index }: { readonly random: (below: number) => number; readonly index: number },
): Input {
  const isTired = random(25) === 0;
  return {
    schema: 'bailiff/input/v1',
    agent,
    user: by,
    action: {
      phase: 'request',
      model: '',
      subagent: '',
      provider: 'acme',
      estimated_tokens: 40 + random(400),
      ...asked,
    },
    result: null,
    context: {
      conversation_id: `01J9Z${String(index).padStart(21, '0')}`,
      turn_count: isTired ? 61 : random(40),
      cumulative_tokens: isTired ? 900_000 : random(150_000),
      tokens_source: 'estimated',
      session_age_seconds: random(7_000),
      tool_calls_in_a_row: 1 + random(20),
      identical_calls: random(30) === 0 ? 6 : 1,
      recent_tools: ['crm.search', 'crm.read', 'crm.list'].slice(0, random(4)),
      data_classes_seen: seen,
    },
    session: {
      protocol: 'mcp/2025-11-25',
      transport: 'http',
      client_name: 'claude-code',
      client_version: '4.1',
      auth_method: 'api_key',
    },
    environment: {
      region: 'eu-west',
      time: '2026-11-22T13:45:00Z',
      time_s: 1_795_355_100,
      weekday: 'sunday',
      minute_of_day: 825,
      is_production: true,
      flags,
    },
    usage: {
      calls_per_day: {
        window: 'day',
        limit: 5_000,
        used: random(5_000),
        reserved: 1,
        remaining: 5_000,
        resets_at: '2026-11-23T00:00:00Z',
      },
    },
    approval:
      approval === undefined
        ? null
        : { id: 'A-7', rules: approval, approved_by: ['priya'], expires_at: '2026-11-22T14:45:00Z' },
  };
}
