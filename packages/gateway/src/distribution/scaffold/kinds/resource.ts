import type { BundleNames, DraftedRules, TestedRule } from '../draft.ts';
import { flowText, keyText } from '../flow-text.ts';

interface ResourceOptions {
  /** Tools by scope to begin with; undefined for a bundle that grants nothing. */
  readonly grants: Readonly<Record<string, readonly string[]>> | undefined;
}

/** What may be used, and how. */
export function resourceDraft(names: BundleNames, { grants }: ResourceOptions): DraftedRules {
  return {
    purpose: grants === undefined ? 'How tools may be used.' : 'What may be used, and how.',
    fixture: USE_FIXTURE,
    rules: [...(grants === undefined ? [] : [granted(names)]), destroys(names)],
    data: [
      ...(grants === undefined ? [] : [grantsText(grants)]),
      `# Tools that may destroy data in production, as crm.delete_customer.
destructive_tools: []
`,
    ].join('\n'),
    next: [
      ...(grants === undefined
        ? []
        : [
            'List under `grants` in `data.yaml` what the agents of each scope may use. What is not listed is refused.',
          ]),
      'A grant says who may use what and never looks at arguments; a denial says how.',
    ],
  };
}

function grantsText(grants: Readonly<Record<string, readonly string[]>>): string {
  const rows = Object.entries(grants).map(([scope, tools]) => `  ${keyText(scope)}: ${flowText(tools)}\n`);
  return `# Tools that the agents of a scope may use, as <server>.<tool>.
${rows.length === 0 ? '# As `helping: [crm.read, crm.search]`.\ngrants: {}\n' : `grants:\n${rows.join('')}`}`;
}

function granted({ data, alias }: BundleNames): TestedRule {
  return {
    rule: {
      kind: 'allow',
      id: 'tool_granted',
      title: 'Tools are granted by scope',
      description: 'The tools that agents of a scope may use, by name.',
      custom: { reason: 'tool_granted', message: 'Agents of this scope may use this tool.' },
      bodies: [
        `{
	input.action.target.kind == "tool"
	input.action.target.id in ${data}.grants[input.agent.scope]
}`,
      ],
    },
    tests: `
test_a_listed_tool_is_granted if {
	"tool_granted" in ${alias}.allow with input as use_of("crm.read", ["read"])
		with ${data}.grants as {"helping": ["crm.read"]}
}

test_other_tools_are_not_granted if {
	not "tool_granted" in ${alias}.allow with input as use_of("crm.delete", ["destructive"])
		with ${data}.grants as {"helping": ["crm.read"]}
}
`,
  };
}

function destroys({ data, alias }: BundleNames): TestedRule {
  return {
    rule: {
      kind: 'deny',
      id: 'destroys_in_production',
      title: 'Nothing is destroyed in production',
      description:
        'In production, what the catalogue calls destructive is refused, but for the tools that are listed. What the catalogue does not list counts as destructive.',
      custom: {
        reason: 'destructive_in_production',
        message:
          'This would destroy data in production. Ask the owner of the tool whether there is another way.',
        remediation: 'use_another_tool',
        severity: 'high',
        overridable: true,
      },
      bodies: [
        `{
	input.environment.is_production
	"destructive" in input.action.effects
	not input.action.tool in ${data}.destructive_tools
}`,
      ],
    },
    tests: `
test_destroying_in_production_is_refused if {
	"destroys_in_production" in ${alias}.deny with input as use_of("crm.delete", ["destructive"])
		with ${data}.destructive_tools as []
}

test_reading_is_not_refused if {
	not "destroys_in_production" in ${alias}.deny with input as use_of("crm.read", ["read"])
		with ${data}.destructive_tools as []
}

test_a_listed_tool_may_destroy if {
	not "destroys_in_production" in ${alias}.deny with input as use_of("crm.delete", ["destructive"])
		with ${data}.destructive_tools as ["crm.delete"]
}
`,
  };
}

/** What the tests of both rules are about. */
const USE_FIXTURE = `
# A call of a tool in production.
use_of(tool, effects) := {
	"agent": {"scope": "helping"},
	"action": {"tool": tool, "target": {"kind": "tool", "id": tool}, "effects": effects},
	"environment": {"is_production": true},
}
`;
