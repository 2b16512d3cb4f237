import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Input, type JsonObject, type Release } from '@bailiff/contract';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import {
  anyArgs,
  anyInput,
  withoutEntitlements,
} from '../../../packages/gateway/src/context/testing/any-input.ts';
import { makeContext } from '../../../packages/gateway/src/decision/testing/context.ts';
import {
  type Decider,
  deciderOf,
  type RunningOpa,
  runOpa,
} from '../../../packages/gateway/src/decision/testing/decider.ts';
import { opaExecutable } from '../../../packages/gateway/src/decision/testing/opa.ts';
import { buildRelease } from '../../../packages/gateway/src/distribution/build-release.ts';
import { completeForCompany, exampleRelease } from '../../example-company.ts';
import { KERNEL } from '../../kernel-files.ts';
import { verifies } from '../../requirements.ts';
import { temporaryFolder } from './gateway-process.ts';

const COMPANY = fileURLToPath(new URL('../../../examples/acme/policy', import.meta.url));
const never = new AbortController().signal;

/** A release, a real OPA that has it, and the gateway’s own way of deciding. */
interface Deciding extends AsyncDisposable {
  readonly release: Release;
  outcomeOf(input: Input): Promise<string>;
  readonly decider: Decider;
}

async function decidingBy(release: Release): Promise<Deciding> {
  const opa: RunningOpa = await runOpa(release.bundle);
  const decider = deciderOf(opa.sidecar, [release]);
  return {
    release,
    decider,
    outcomeOf: async (input) => (await decider.decide(makeContext(input, release), never)).answer.outcome,
    [Symbol.asyncDispose]: () => opa[Symbol.asyncDispose](),
  };
}

/** The example company without any capability: nobody reaches anything. */
async function releaseWithoutReach(): Promise<Release> {
  await using folder = await temporaryFolder();
  const directory = join(folder.path, 'policy');
  await cp(COMPANY, directory, { recursive: true });
  const file = join(directory, 'identity/data.yaml');
  const data = parse(await readFile(file, 'utf8'));
  for (const reach of Object.values<Record<string, unknown>>(data.reach))
    for (const kind of Object.keys(reach)) reach[kind] = [];
  await writeFile(file, stringify(data));
  return (await buildRelease({ opa: opaExecutable(), directory, kernel: KERNEL })).release;
}

let company: Deciding;
let withoutReach: Deciding;
beforeAll(async () => {
  company = await decidingBy(await exampleRelease());
  withoutReach = await decidingBy(await releaseWithoutReach());
}, 120_000);
afterAll(async () => {
  await company?.[Symbol.asyncDispose]();
  await withoutReach?.[Symbol.asyncDispose]();
});

/** Arguments that tools of the company take, some of them too many, too much or too far. */
const ARGS: readonly JsonObject[] = [
  { id: 7 },
  { text: 'weber', rows: 10 },
  { table: 'products', rows: 5 },
  { table: 'customers', rows: 5_000 },
  { source: 'staff', sql: 'select * from staff' },
  { path: 'handbook/refunds.md' },
  { path: '../../etc/passwd' },
  { payment_id: 19, amount_cents: 1_500, reason: 'Damaged parcel' },
  { to: ['lee@acme.example'], body: 'Hello' },
  { message: 'hello' },
];

/** Calls within the company: mostly sensible ones, in any conversation, at any time, with anything in between. */
function anyCompanyInput(): fc.Arbitrary<Input> {
  const { directory, catalogue } = company.release;
  const tools = Object.entries(catalogue.servers).flatMap(([server, { tools: listed }]) =>
    Object.keys(listed).map((tool) => `${server}.${tool}`),
  );
  const short = fc.record({
    agent: fc.record({ id: fc.constantFrom(...Object.keys(directory.agents), 'nobody') }),
    user: fc.record({ id: fc.constantFrom(...Object.keys(directory.users), '') }),
    action: fc.record({
      tool: fc.constantFrom(...tools),
      args: fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...ARGS) }, anyArgs()),
      region: fc.constantFrom('eu-west', 'eu-west', 'us-east'),
    }),
  });
  const sensible = fc.oneof(
    { weight: 1, arbitrary: short },
    {
      weight: 1,
      arbitrary: fc.record({
        agent: fc.constant({ id: 'ops-bot' }),
        user: fc.constant({ id: 'omar' }),
        action: fc.record({ tool: fc.constantFrom(...tools), args: fc.constantFrom(...ARGS) }),
      }),
    },
  );
  const strange = fc.subarray(['context', 'environment', 'session', 'usage', 'approval'] as const);
  const isStrange = fc.integer({ min: 0, max: 9 }).map((number) => number >= 7);
  return fc.tuple(sensible, anyInput(), strange, isStrange).map(([said, other, parts, mixed]) => {
    const input = completeForCompany(said as unknown as JsonObject, company.release) as unknown as Input;
    const mixedIn = mixed ? parts.map((part) => [part, other[part]]) : [];
    return { ...input, ...Object.fromEntries(mixedIn) };
  });
}

/** A call that is allowed, one that needs approval and one that is denied, so that chance need not find them. */
function oneOfEachKind(): Input[] {
  const calls = [
    { agent: { id: 'support-bot' }, user: { id: 'mara' }, action: { tool: 'crm.read', args: { id: 7 } } },
    {
      agent: { id: 'ops-bot' },
      user: { id: 'omar' },
      action: { tool: 'crm.delete_customer', args: { id: 8 } },
    },
    { agent: { id: 'support-bot' }, user: { id: 'lee' }, action: { tool: 'crm.read', args: { id: 7 } } },
  ];
  return calls.map((call) => completeForCompany(call, company.release) as unknown as Input);
}

const RUNS = Number(process.env.BAILIFF_RUNS ?? 250);
const WIDTHS = ['deny', 'approval_required', 'allow'];

describe('emptying what entitles never turns a denial into an allow:', () => {
  const outcomes = new Map<string, number>();
  const emptied: readonly (readonly [string, (input: Input) => Promise<string>])[] = [
    ['the user’s groups and authorised classes', (input) => company.outcomeOf(withoutEntitlements(input))],
    ['the capabilities', (input) => withoutReach.outcomeOf(input)],
  ];
  test.each(emptied)('%s', async (_what, outcomeWithout) => {
    verifies('emptied-entitlements');
    await fc.assert(
      fc.asyncProperty(anyCompanyInput(), async (input) => {
        expect(Input.safeParse(input).error).toBeUndefined();
        const before = await company.outcomeOf(input);
        outcomes.set(before, (outcomes.get(before) ?? 0) + 1);
        const after = await outcomeWithout(input);
        expect(WIDTHS.indexOf(after), `${before} became ${after}`).toBeLessThanOrEqual(
          WIDTHS.indexOf(before),
        );
      }),
      { numRuns: RUNS, examples: oneOfEachKind().map((input): [Input] => [input]) },
    );
  });

  test('and the calls that were tried were of every kind', () => {
    for (const outcome of WIDTHS) expect(outcomes.get(outcome) ?? 0, outcome).toBeGreaterThan(0);
  });

  test('whatever else the input holds', async () => {
    verifies('emptied-entitlements');
    await fc.assert(
      fc.asyncProperty(anyInput(), async (input) => {
        expect(await company.outcomeOf(input)).toBe('deny');
        expect(await company.outcomeOf(withoutEntitlements(input))).toBe('deny');
      }),
      { numRuns: 50 },
    );
  });
});

type Path = readonly string[];

/** Every path of a document but into what is the caller’s. */
function pathsOf(value: unknown, at: Path = []): Path[] {
  if (at.join('.') === 'action.args' || typeof value !== 'object' || value === null) return [at];
  return [at, ...Object.entries(value).flatMap(([key, item]) => pathsOf(item, [...at, key]))];
}

function changed(
  input: Input,
  path: Path,
  change: (holder: Record<string, unknown>, key: string) => void,
): Input {
  const copy = structuredClone(input);
  const holder = path
    .slice(0, -1)
    .reduce<unknown>((node, key) => (node as Record<string, unknown>)[key], copy);
  change(holder as Record<string, unknown>, path.at(-1) ?? '');
  return copy;
}

describe('an input with a field that is', () => {
  const allowed = () =>
    completeForCompany(
      { environment: { flags: { change_freeze: false } } },
      company.release,
    ) as unknown as Input;
  const refusedFor = async (input: Input) => {
    const { answer } = await company.decider.decide(makeContext(allowed(), company.release), never);
    expect(answer.outcome, 'without the change it is allowed').toBe('allow');
    const decision = await company.decider.decide(
      { ...makeContext(allowed(), company.release), input },
      never,
    );
    return decision.answer;
  };
  const isOpen = (path: Path) => path.slice(0, -1).join('.') === 'environment.flags';

  test('null anywhere outside the arguments is refused, and policy is not even asked', async () => {
    verifies('input-complete');
    for (const path of pathsOf(allowed()).slice(1)) {
      if (path.join('.') === 'result' || path.join('.') === 'approval') continue; // their absence is a fact
      const nulled = changed(allowed(), path, (holder, key) => {
        holder[key] = null;
      });
      expect(await refusedFor(nulled), path.join('.')).toMatchObject({
        outcome: 'deny',
        reasons: ['input_invalid'],
        metadata: { engine: 'none', resolution: 1 },
      });
    }
  });

  test('missing anywhere outside the arguments is refused, and policy is not even asked', async () => {
    verifies('input-complete');
    for (const path of pathsOf(allowed()).slice(1)) {
      const isItem = /^\d+$/.test(path.at(-1) ?? '');
      if (isItem || isOpen(path)) continue; // without it the document is another valid one
      const lacking = changed(allowed(), path, (holder, key) => {
        delete holder[key];
      });
      expect(await refusedFor(lacking), path.join('.')).toMatchObject({
        outcome: 'deny',
        reasons: ['input_invalid'],
        metadata: { engine: 'none', resolution: 1 },
      });
    }
  });
});
