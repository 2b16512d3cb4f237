/**
 * Reasons that the kernel and the gateway give themselves; every other reason is a rule’s own. The message is what a
 * person reads. Stable, never reused.
 */
export const KERNEL_REASONS = {
  policy_unavailable: 'Policy could not be evaluated, so the call is refused.',
  argument_unusable: 'An argument could not be checked by policy, so the call is refused.',
  agent_version_not_in_release: 'This version of the agent is not part of the release that decides.',
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
  overloaded: 'Too many calls wait for policy, so the call is refused.',
  client_gone: 'The client left before policy answered, so the call is refused.',
  evaluation_undefined: 'Policy gave no answer, so the call is refused.',
  evaluation_malformed: 'Policy gave an answer that cannot be used, so the call is refused.',
  revision_mismatch: 'Policy answered for another release, so the call is refused.',
  unknown_tool: 'There is no such tool.',
  unknown_prompt: 'There is no such prompt.',
  unknown_resource: 'There is no such resource.',
  tool_quarantined:
    'The tool is not as it was approved, so it is kept from being called until somebody approves it.',
  list_filtered: 'The list shows what the caller may use.',
  budget_exceeded: 'The budget for this is used up.',
} as const;

/** What `metadata.failures` of a kernel’s answer may hold, by `kind`: what it means, and what mends it. */
export const KERNEL_FAILURES = {
  input_invalid: {
    row: 1,
    what: 'The field of the input named in `subject` is absent, of the wrong type, or none of the words it may hold.',
    mend: 'Correct the input; [Input](input.md) lists every field. The gateway’s own input is always whole.',
  },
  release_invalid: {
    row: 1,
    what: 'The part of `data.release` named in `subject` cannot be used.',
    mend: 'Load the bundle that `./bailiff bundle build` wrote, whole.',
  },
  bundle_missing: {
    row: 1,
    what: 'A bundle that must speak for this call is not in the release.',
    mend: 'Add its folder, or register it with `required: false` in `release.yaml`.',
  },
  server_unregistered: {
    row: 1,
    what: 'The server is called, or configured, and the release does not register it. Every call to it is refused.',
    mend: 'In `release.yaml`, register a bundle `servers/<name>`, or list the server under `servers_without_bundle`. `./bailiff doctor` and `./bailiff bundle build` name every configured server that lacks it.',
  },
  subagent_unregistered: {
    row: 1,
    what: 'The subagent is called, and the release does not register it.',
    mend: 'List it in the catalogue under `subagents`, and register a bundle `subagents/<name>` in `release.yaml`.',
  },
  finding_malformed: {
    row: 1,
    what: 'A bundle says something that its catalogue does not know.',
    mend: 'Build the release with `./bailiff bundle build`, which makes the catalogue.',
  },
  capability_malformed: {
    row: 4,
    what: 'The list of `data.policy.identity.capabilities` named in `subject` is absent or no list, so nothing of its kind is within reach.',
    mend: 'Give `capabilities` every list: `servers`, `tools`, `resources`, `prompts`, `models`, `subagents`, `data_classes`; `[]` where nothing is within reach.',
  },
  obligation_unknown: {
    row: 5,
    what: 'The duty of the rule named in `subject` is of no known kind, or a parameter of it is.',
    mend: 'Correct it; [Obligation](obligation.md) lists every kind.',
  },
  obligation_conflict: {
    row: 5,
    what: 'Duties leave nothing of the list named in `subject`.',
    mend: 'Let the lists of the rules that narrow it have something in common.',
  },
} as const satisfies Record<string, { readonly row: number; readonly what: string; readonly mend: string }>;

export type KernelReason = keyof typeof KERNEL_REASONS;
export type GatewayReason = keyof typeof GATEWAY_REASONS;
