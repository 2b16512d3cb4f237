import { law, type Requirement } from './requirement.ts';

/** The laws of ARCHITECTURE.md. */
export const ARCHITECTURE = {
  'only-allow-forwards': {
    source: 'ARCHITECTURE.md, Laws',
    sentence:
      'Only an allow is forwarded; could not decide means refused; an obligation that cannot be discharged means refused.',
    tests: [
      'enforcement/enforce.test.ts > an allow is forwarded',
      'enforcement/enforce.test.ts > a duty that cannot be discharged refuses the call',
    ],
  },
  'masked-nowhere': {
    source: 'ARCHITECTURE.md, Laws',
    sentence: 'Masked values occur nowhere in the stored record.',
  },
  'hidden-is-absent': {
    source: 'ARCHITECTURE.md, Laws',
    sentence: 'A hidden target is answered exactly like an absent one.',
    tests: [
      'conformance/journeys/hidden.test.ts > is afterwards read by its caller exactly like an absent one',
      'control/decisions/decision-view.test.ts > that was told as an absent tool is viewed in the same words as one',
    ],
  },
  'abort-never-forwards': { source: 'ARCHITECTURE.md, Laws', sentence: 'Abort never forwards.' },
  'release-that-does-not-build': {
    source: 'ARCHITECTURE.md, Laws',
    sentence: 'A release that does not build leaves the one before it deciding.',
    tests: ['distribution/build-release.test.ts > a build stops'],
  },
  'one-release-a-call': {
    source: 'ARCHITECTURE.md, Laws',
    sentence: 'No call is decided by two releases.',
    tests: [
      'composition/rollout/activations.test.ts > activations under load mix no decision',
      'composition/rollout/activations.test.ts > a canary that begins, is promoted and is stopped under load mixes none either',
    ],
    limits: ['A hundred activations of each kind in `npm test`; BAILIFF_ACTIVATIONS says how many else.'],
  },
  'never-looser-by-itself': {
    source: 'ARCHITECTURE.md, Laws',
    sentence: 'No automatic step makes a recorded call looser.',
    tests: [
      'distribution/rollout/rollout.test.ts > the release before is restored where it refuses what was refused',
      'distribution/rollout/rollout.test.ts > a flood of denied calls from one agent neither stops, alarms, nor rolls back',
    ],
    limits: [
      'Agents of a canary that is stopped after errors are back on the release before, which may allow what the canary refused.',
    ],
  },
  'agent-versions': {
    source: 'ARCHITECTURE.md, Laws',
    sentence: 'An agent whose version is not in the release is denied, whatever bundles say.',
    tests: [law('version')],
  },
  delegation: {
    source: 'ARCHITECTURE.md, Laws',
    sentence: 'Along a chain of delegation nobody reaches more than every link does.',
    tests: [
      'conformance/delegation.property.test.ts > a task that is handed on is never allowed what any agent of its chain cannot reach',
    ],
    limits: ['Shown for the example company: the kernel enforces the capabilities that identity gives.'],
  },
  resolver: {
    source: 'ARCHITECTURE.md, Laws',
    sentence:
      'Order changes nothing, denials only close, overrides only open what they name, others’ bundles and watched rules change nothing, rules in their canary change nothing for those outside, and nothing malformed allows.',
    tests: 'order objection override others presence affirmation watched canary finding duty total'
      .split(' ')
      .map(law),
  },
  'emptied-entitlements': {
    source: 'ARCHITECTURE.md, Laws',
    sentence: 'Emptying what entitles (groups, classes, capabilities) never turns a denial into an allow.',
    tests: [law('grant')],
    limits: [
      'Shown for the example company’s rules: what another company writes is its own, and `opa test` is where it shows it.',
    ],
  },
} as const satisfies Record<string, Requirement>;
