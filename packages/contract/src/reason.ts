/**
 * Reasons that the kernel and the gateway give themselves; every other reason is a rule’s own. The message is what a
 * person reads. Stable, never reused.
 */
export const KERNEL_REASONS = {
  policy_unavailable: 'Policy could not be evaluated, so the call is refused.',
  argument_unusable: 'An argument could not be checked by policy, so the call is refused.',
  no_grant_who: 'No rule says that this agent and user may act.',
  no_grant_what: 'No rule says that this may be used.',
  outside_capabilities: 'This is outside what the agent may reach.',
  obligation_unknown: 'Policy asks for a duty that is not known, so the call is refused.',
  obligation_conflict: 'Policy asks for duties that contradict each other, so the call is refused.',
} as const;

/** Reasons of denials that the gateway adds after the kernel has spoken. */
export const GATEWAY_REASONS = {
  input_invalid: 'The call could not be described to policy, so it is refused.',
  evaluation_timeout: 'Policy did not answer in time, so the call is refused.',
  evaluation_undefined: 'Policy gave no answer, so the call is refused.',
  evaluation_malformed: 'Policy gave an answer that cannot be used, so the call is refused.',
  revision_mismatch: 'Policy answered for another release, so the call is refused.',
  unknown_tool: 'There is no such tool.',
  list_filtered: 'The list shows what the caller may use.',
  budget_exceeded: 'The budget for this is used up.',
} as const;

export type KernelReason = keyof typeof KERNEL_REASONS;
export type GatewayReason = keyof typeof GATEWAY_REASONS;
