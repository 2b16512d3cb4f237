import type { Json, JsonObject } from '@bailiff/contract';
import fc from 'fast-check';
import { makeInput } from '../../testing/context.ts';
import { BOUNDARY_S } from './company.ts';

const EVERY_TEXT = ['', 'a', 'other'];
const COUNTS = [0, 1, 4, 9, 2_000];
const USAGE = { window: 'w', limit: 10, used: 1, reserved: 0, resets_at: '2026-11-23T00:00:00Z' };

/** Every place of a whole input, with values that rules of the companies tell apart and some that they do not. */
const VALUES: Readonly<Record<string, readonly Json[]>> = {
  'agent.id': ['bot', 'support-bot', 'ops-bot', 'nobody'],
  'agent.scope': ['support', 'operations', 'unknown'],
  'agent.owner_team': ['cx', 'ops', 'unknown'],
  'agent.version': EVERY_TEXT,
  'agent.chain': [[], ['ops-bot'], ['nobody']],
  'user.id': ['mara', 'omar', '', 'nobody'],
  'user.kind': ['human', 'service', 'none'],
  'user.groups': [[], ['support'], ['support-tier-2']],
  'user.data_classifications_authorized': [[], ['customer_data']],
  'action.type': ['tool_call', 'model_call', 'task', 'completion'],
  'action.phase': ['request', 'result', 'list'],
  'action.target': [
    'crm.read',
    'crm.delete',
    'small',
    'everything.echo',
    'billing.pay',
    'clock.tick',
  ].flatMap((id) => ['tool', 'model', 'resource'].map((kind) => ({ kind, id }))),
  'action.server': ['crm', 'everything', 'billing', 'clock', '', 'unheard_of'],
  'action.tool': ['crm.read', 'crm.delete', 'everything.echo', 'billing.pay', 'clock.tick', ''],
  'action.tool_name': ['read', 'delete', 'echo', ''],
  'action.model': ['small', 'swift-8b', ''],
  'action.subagent': ['researcher', '', 'unheard_of'],
  'action.provider': EVERY_TEXT,
  'action.region': ['eu', 'eu-west', 'unknown'],
  'action.args': [
    {},
    { rows: 9 },
    { rows: 90 },
    { sum: '11' },
    { sum: 'much' },
    { rows: 90, sum: '1' },
    { other: [1] },
  ],
  'action.effects': [[], ['read'], ['external'], ['write', 'destructive']],
  'action.blast_radius': ['low', 'high'],
  'action.estimated_tokens': COUNTS,
  'action.data_classes_referenced': [[], ['customer_data'], ['secret']],
  result: [null, { bytes: 1, content_type: 'text', text: 't', structured: null }],
  'context.conversation_id': EVERY_TEXT,
  'context.turn_count': COUNTS,
  'context.cumulative_tokens': COUNTS,
  'context.tokens_source': ['reported', 'estimated'],
  'context.session_age_seconds': COUNTS,
  'context.tool_calls_in_a_row': COUNTS,
  'context.identical_calls': COUNTS,
  'context.recent_tools': [[], ['crm.read']],
  'context.data_classes_seen': [[], ['customer_data']],
  'session.protocol': EVERY_TEXT,
  'session.transport': ['http', 'stdio'],
  'session.client_name': EVERY_TEXT,
  'session.client_version': ['0', '4.1'],
  'session.auth_method': ['jwt', 'api_key', 'none'],
  'environment.region': EVERY_TEXT,
  'environment.time': ['2026-11-22T13:45:00Z', '2026-11-22T23:45:00Z'],
  'environment.time_s': [-1, 0, 59, 60, 61, 90_000].map((seconds) => BOUNDARY_S + seconds),
  'environment.weekday': ['monday', 'sunday'],
  'environment.minute_of_day': [0, 1_439],
  'environment.is_production': [true, false],
  'environment.flags': [{}, { frozen: true }, { frozen: false }, { change_freeze: true }],
  usage: [{}, { weekly: { ...USAGE, remaining: 0 } }, { weekly: { ...USAGE, remaining: 50 } }],
  approval: [
    null,
    {
      id: 'a',
      rules: ['servers.crm.delete'],
      approved_by: ['ana'],
      expires_at: '2026-11-23T00:00:00Z',
    },
  ],
};

/** Values that no whole input has anywhere. */
const HOSTILE: readonly Json[] = [null, 7.5, -1, 'x', [1], { a: 1 }, [], true];

/** A tool as the lists of the companies have it. */
const candidate = (server: string, name: string): Json => ({
  target: { kind: 'tool', id: `${server}.${name}` },
  server,
  tool: `${server}.${name}`,
  tool_name: name,
  effects: ['read'],
  blast_radius: 'low',
  data_classes_referenced: [],
});

const CANDIDATES = [
  candidate('crm', 'read'),
  candidate('crm', 'delete'),
  candidate('everything', 'echo'),
  candidate('clock', 'tick'),
];

export type CallEntrypoint = 'bailiff/decision' | 'bailiff/decision_and_watched' | 'bailiff/visible';

export interface AnyCall {
  readonly entrypoint: CallEntrypoint;
  readonly input: JsonObject;
}

const BOT = { id: 'bot', scope: 'support', owner_team: 'cx', version: '1', chain: [] };

const BASE = makeInput({ args: { rows: 9 }, data_classes_referenced: ['customer_data'] }, { agent: BOT });

/** At these seconds from the boundary, calls that an override of the company lifts an objection to. */
const LIFTED = [
  { seconds: -1, owner_team: 'cx', action: {} },
  { seconds: 0, owner_team: 'cx', action: { subagent: 'researcher' } },
  {
    seconds: 60,
    owner_team: 'ops',
    action: { server: 'everything', tool: 'everything.echo', tool_name: 'echo', model: 'small' },
  },
].map(({ seconds, owner_team, action }) => ({
  ...BASE,
  agent: { ...BOT, owner_team },
  action: { ...BASE.action, ...action, args: { rows: 90 } },
  environment: { ...BASE.environment, time_s: BOUNDARY_S + seconds },
}));

/** Objects without classes or shared parts, as they come out of a text. */
const BASES: readonly JsonObject[] = JSON.parse(JSON.stringify([BASE, ...LIFTED]));

const anyChange = fc
  .constantFrom(...Object.keys(VALUES))
  .chain((path) =>
    fc
      .oneof(
        { weight: 30, arbitrary: fc.constantFrom(...(VALUES[path] ?? [])) },
        { weight: 1, arbitrary: fc.constantFrom(...HOSTILE) },
      )
      .map((value) => ({ path, value })),
  );

/** Calls that differ from one in a few places: often in none that is read, now and then in a way that no input may. */
export const anyCall: fc.Arbitrary<AnyCall> = fc
  .record({
    entrypoint: fc.constantFrom<CallEntrypoint>(
      'bailiff/decision',
      'bailiff/decision',
      'bailiff/decision_and_watched',
      'bailiff/visible',
    ),
    base: fc.constantFrom(...BASES),
    changes: fc.array(anyChange, { maxLength: 3 }),
    candidates: fc.subarray(CANDIDATES, { minLength: 1, maxLength: 2 }),
  })
  .map(({ entrypoint, base, changes, candidates }) => {
    const input = structuredClone(entrypoint === 'bailiff/visible' ? { ...base, candidates } : base);
    for (const { path, value } of changes) replace(input, path.split('.'), value);
    return { entrypoint, input };
  });

/** The same call with every value that there is for a place, or for what lies around or below it. */
export function variantsAt(call: AnyCall, place: readonly string[]): AnyCall[] {
  const at = `${place.join('.')}.`;
  const paths = Object.keys(VALUES).filter((path) => at.startsWith(`${path}.`) || `${path}.`.startsWith(at));
  return paths.flatMap((path) =>
    (VALUES[path] ?? []).map((value) => {
      const input = structuredClone(call.input);
      replace(input, path.split('.'), value);
      return { ...call, input };
    }),
  );
}

function replace(input: JsonObject, path: readonly string[], value: Json): void {
  let parent = input as Record<string, Json>;
  for (const key of path.slice(0, -1)) {
    const below = parent[key];
    if (typeof below !== 'object' || below === null || Array.isArray(below)) return;
    parent = below as Record<string, Json>;
  }
  parent[path.at(-1) ?? ''] = value;
}
