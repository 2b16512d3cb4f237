import { type Decision, type Denial, GATEWAY_REASONS, KERNEL_REASONS } from '@bailiff/contract';
import { type GatewayFacts, gatewayMetadata, ownMetadata } from '../answer-metadata.ts';

/** Why there is no answer of the kernel's that may be used. */
export interface Undecided {
  readonly reason:
    | 'policy_unavailable'
    | 'argument_unusable'
    | 'input_invalid'
    | 'client_gone'
    | 'overloaded'
    | 'evaluation_timeout'
    | 'evaluation_undefined'
    | 'evaluation_malformed'
    | 'revision_mismatch';
  /** What failed, for operators: paths, places in policy, revisions; never values of the input. */
  readonly subjects: readonly string[];
  /** Whether the same call may succeed later without any change of call or policy. */
  readonly retryable: boolean;
  /** Which engine answered; `none` where none did. */
  readonly engine: GatewayFacts['engine'];
  /** For the log. */
  readonly cause: unknown;
}

/** Could not decide means refused: row 1 of the table, with the reason that says what went wrong. */
export function refuse(undecided: Undecided, facts: Omit<GatewayFacts, 'engine'>): Decision {
  const { engine } = undecided;
  const metadata = gatewayMetadata({ ...facts, engine });
  const answer: Denial = {
    allow: false,
    outcome: 'deny',
    reasons: reasonsOf(undecided),
    message: messageOf(undecided),
    alternatives: [],
    retryable: undecided.retryable,
    denied_scope: 'this_call',
    obligations: [],
    approval: null,
    metadata: {
      ...ownMetadata(facts.context.release),
      ...metadata,
      resolution: 1,
      failures: undecided.subjects.map((subject) => ({ kind: undecided.reason, subject })),
      audit_required: true,
    },
  };
  return { answer, engine, releaseDigest: '', decisionMs: metadata.latency_ms };
}

/**
 * The precise reason first. Where policy could not be evaluated, `policy_unavailable` follows, so that whoever knows row 1
 * of the table alone finds what it promises.
 */
function reasonsOf({ reason }: Undecided): string[] {
  switch (reason) {
    case 'policy_unavailable':
    case 'argument_unusable':
    case 'input_invalid':
    case 'client_gone':
      return [reason];
    case 'overloaded':
    case 'evaluation_timeout':
    case 'evaluation_undefined':
    case 'evaluation_malformed':
    case 'revision_mismatch':
      return [reason, 'policy_unavailable'];
  }
}

function messageOf({ reason, subjects }: Undecided): string {
  switch (reason) {
    case 'policy_unavailable':
      return KERNEL_REASONS[reason];
    case 'argument_unusable':
      return `${KERNEL_REASONS[reason]} It reads: ${subjects.join(', ')}.`; // Paths out of policy, not the caller's text.
    case 'input_invalid':
    case 'client_gone':
    case 'overloaded':
    case 'evaluation_timeout':
    case 'evaluation_undefined':
    case 'evaluation_malformed':
    case 'revision_mismatch':
      return GATEWAY_REASONS[reason];
  }
}
