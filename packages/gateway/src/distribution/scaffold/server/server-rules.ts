import type { BundleNames, TestedRule } from '../draft.ts';

/** How a draft opens what it opens. */
export interface OpeningOptions {
  /** Whether the bundle grants what it opens; otherwise the resource bundle does. */
  readonly grants: boolean;
  /** Groups whose members may approve a write. */
  readonly approvers: readonly string[];
}

/** What agents may call, what a person is asked about, what is refused; everything else is refused as not known. */
export function serverRules(names: BundleNames, { grants, approvers }: OpeningOptions): TestedRule[] {
  return [
    ...(grants ? [readsGranted(names), writesGranted(names)] : []),
    writesAsk(names, approvers),
    refused(names),
    unknown(names),
  ];
}

/** A call of a tool, for tests. */
export const CALL_FIXTURE = `
# A call of a tool of this server.
call(tool, args) := {"action": {"target": {"kind": "tool"}, "tool_name": tool, "args": args}}
`;

const listed = (data: string, list: string) => `{
	input.action.target.kind == "tool"
	input.action.tool_name in ${data}.${list}
}`;

function readsGranted({ data, alias }: BundleNames): TestedRule {
  return {
    rule: {
      kind: 'allow',
      id: 'read_granted',
      title: 'Reading is granted',
      description: 'Every agent that reaches the server may call the tools that only read.',
      custom: { reason: 'read_granted', message: 'This tool only reads.' },
      bodies: [listed(data, 'reads')],
    },
    tests: `
test_reading_is_granted if {
	"read_granted" in ${alias}.allow with input as call("look", {}) with ${data}.reads as ["look"]
}

test_other_tools_are_not_granted_as_reading if {
	not "read_granted" in ${alias}.allow with input as call("change", {}) with ${data}.reads as ["look"]
}
`,
  };
}

function writesGranted({ data, alias }: BundleNames): TestedRule {
  return {
    rule: {
      kind: 'allow',
      id: 'write_granted',
      title: 'Writing is granted once a person approves',
      description:
        'Every agent that reaches the server may ask for the tools that write; each call waits for a person by a rule of its own.',
      custom: { reason: 'write_granted', message: 'This tool writes, and a person has approved.' },
      bodies: [listed(data, 'asks')],
    },
    tests: `
test_writing_is_granted_and_asked_for if {
	"write_granted" in ${alias}.allow with input as call("change", {}) with ${data}.asks as ["change"]
	"write_asks" in ${alias}.require_approval with input as call("change", {}) with ${data}.asks as ["change"]
}

test_other_tools_are_not_granted_as_writing if {
	not "write_granted" in ${alias}.allow with input as call("look", {}) with ${data}.asks as ["change"]
}
`,
  };
}

function writesAsk({ data, alias }: BundleNames, approvers: readonly string[]): TestedRule {
  return {
    rule: {
      kind: 'require_approval',
      id: 'write_asks',
      title: 'A person looks at what is written',
      description: 'A call of a tool that writes goes on with the approval of a person alone.',
      custom: {
        reason: 'write_needs_approval',
        message: 'This changes something, so a person has to approve it.',
        remediation: 'ask_for_approval',
        approvers: [...approvers],
        severity: 'medium',
      },
      bodies: [listed(data, 'asks')],
    },
    tests: `
test_writing_asks_a_person if {
	"write_asks" in ${alias}.require_approval with input as call("change", {}) with ${data}.asks as ["change"]
}

test_reading_asks_nobody if {
	not "write_asks" in ${alias}.require_approval with input as call("look", {}) with ${data}.asks as ["change"]
}
`,
  };
}

function refused({ data, alias }: BundleNames): TestedRule {
  return {
    rule: {
      kind: 'deny',
      id: 'tool_refused',
      title: 'Destructive tools are refused',
      description:
        'Tools that may destroy are refused, and so are those of which the server does not say what they do.',
      custom: {
        reason: 'tool_refused',
        message: 'This tool may destroy data, so agents may not call it.',
        remediation: 'use_another_tool',
        severity: 'high',
      },
      bodies: [listed(data, 'refused')],
    },
    tests: `
test_a_refused_tool_is_refused if {
	"tool_refused" in ${alias}.deny with input as call("destroy", {}) with ${data}.refused as ["destroy"]
}

test_another_tool_is_not_refused if {
	not "tool_refused" in ${alias}.deny with input as call("look", {}) with ${data}.refused as ["destroy"]
}
`,
  };
}

function unknown({ data, alias }: BundleNames): TestedRule {
  return {
    rule: {
      kind: 'deny',
      id: 'tool_unknown',
      title: 'Only listed tools are called',
      description: 'A tool that nobody has put into one of the lists is refused, whatever grants it.',
      custom: {
        reason: 'tool_unknown',
        message: 'Nobody has said what may be done with this tool yet.',
        remediation: 'use_another_tool',
        severity: 'high',
      },
      bodies: [
        `{
	input.action.target.kind == "tool"
	not input.action.tool_name in ${data}.reads
	not input.action.tool_name in ${data}.asks
	not input.action.tool_name in ${data}.refused
}`,
      ],
    },
    tests: `
test_a_tool_that_is_not_listed_is_refused if {
	"tool_unknown" in ${alias}.deny with input as call("new", {})
		with ${data}.reads as ["look"]
		with ${data}.asks as ["change"]
		with ${data}.refused as ["destroy"]
}

test_a_listed_tool_is_not_refused_as_unknown if {
	every tool in ["look", "change", "destroy"] {
		not "tool_unknown" in ${alias}.deny with input as call(tool, {})
			with ${data}.reads as ["look"]
			with ${data}.asks as ["change"]
			with ${data}.refused as ["destroy"]
	}
}
`,
  };
}
