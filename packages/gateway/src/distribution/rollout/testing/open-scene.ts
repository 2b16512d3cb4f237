import { type Release, ReleaseData } from '@bailiff/contract';
import { createActiveRelease } from '../../active-release.ts';
import type { PreflightAnswer } from '../../delivery/preflight-engine.ts';
import type { RestrainedCall } from '../restrained-call.ts';
import { Rollout, type RolloutAlarm, type RolloutOptions } from '../rollout.ts';

/** A release of this version that says nothing. */
const release = (policyVersion: string): Release => ({
  policyVersion,
  digest: policyVersion,
  data: ReleaseData.parse({
    ...{ policy_version: policyVersion, digest: policyVersion, categories: [], required: [] },
    ...{ servers: {}, subagents: {}, teams: {}, audit: { level: 'basic', retention_days: 1 }, overrides: [] },
    bundles: { compliance: `${policyVersion}.0.0+aaaaaaaaaaaa`, 'servers/crm': '1.0.0+bbbbbbbbbbbb' },
  }),
  catalogue: { data_classes: {}, regions: {}, servers: {}, models: {}, subagents: {} },
  directory: { agents: {}, users: {} },
  rules: new Map(),
  bundle: new Uint8Array(),
});
export const [OLD, NEW, NEWER] = [release('1'), release('2'), release('3')];
export const SETTINGS = {
  canary: { share: 1, teams: [] },
  denial_band: { above: 0.1, agents_min: 5 },
  errors_max: 3,
};
export const DECIDED = {
  kind: 'decided',
  outcome: 'deny',
  reasons: ['r'],
  rules: [],
} satisfies PreflightAnswer;
export const ALLOWED = { ...DECIDED, outcome: 'allow' } satisfies PreflightAnswer;
export const LIMIT = { kind: 'limit', limits: { rows: 10 } } as const;

export interface Scene extends Partial<Pick<RolloutOptions, 'activate' | 'openLane' | 'faultsOf'>> {
  readonly refusals?: readonly (RestrainedCall | 'unrestrained')[];
  /** What any other release says when it is asked. */
  readonly says?: PreflightAnswer | ((texts: readonly string[]) => readonly PreflightAnswer[]);
}

/** A ladder with `OLD` active, and whose engines and record say what they are told to. */
export function openScene({ refusals = [], says = DECIDED, ...options }: Scene = {}) {
  let now = 1_000;
  const releases = createActiveRelease({ clock: () => now });
  releases.activate(OLD);
  const told: string[] = [];
  const alarms: RolloutAlarm[] = [];
  let lanes = 0;
  const rollout = new Rollout({
    releases,
    openLane: async () => {
      lanes += 1;
      return {
        async [Symbol.asyncDispose]() {
          lanes -= 1;
        },
      };
    },
    activate: async (next) => releases.activate(next),
    engine: {
      decideAll: async (_release, texts) =>
        typeof says === 'function' ? says(texts) : texts.map(() => says),
    },
    restrainedBy: async function* () {
      yield* refusals;
    },
    faultsOf: async function* () {},
    events: {
      onStage: () => {},
      onStopped: ({ policyVersion }, { cause }) => told.push(`stopped ${policyVersion} ${cause}`),
      onRestoreWanted: ({ policyVersion }) => told.push(`restore ${policyVersion}`),
      onAlarm: (alarm) => alarms.push(alarm),
    },
    clock: () => now,
    ...options,
  });
  const observe = (by: Release, outcome: 'allow' | 'deny' | 'fault', agentId = 'bot') =>
    rollout.observe({
      release: by,
      agentId,
      outcome: outcome === 'fault' ? 'deny' : outcome,
      isFault: outcome === 'fault',
      inputText: '{"schema":"1.0"}',
    });
  const later = (ms: number) => {
    now += ms;
  };
  return { rollout, releases, told, alarms, observe, later, lanes: () => lanes };
}

/** Does something so many times. */
export const times = (count: number, act: (index: number) => void) => {
  for (let index = 0; index < count; index++) act(index);
};
