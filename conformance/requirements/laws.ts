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
    limits: [
      'A release is built when the gateway starts, and a running gateway takes no other: one that does not build keeps it from starting.',
    ],
  },
  resolver: {
    source: 'ARCHITECTURE.md, Laws',
    sentence:
      'Order changes nothing, denials only close, overrides only open what they name, others’ bundles and watched rules change nothing, and nothing malformed allows.',
    tests: 'order objection override others presence affirmation watched finding duty total'
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
