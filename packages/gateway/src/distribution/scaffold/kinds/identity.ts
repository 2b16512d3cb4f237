import type { BundleNames, DraftedRules } from '../draft.ts';
import { flowText, keyText } from '../flow-text.ts';

/** Who is registered to begin with, and what agents reach. */
export interface IdentityDirectory {
  readonly agents: Readonly<Record<string, object>>;
  readonly users: Readonly<Record<string, object>>;
  readonly servers: readonly string[];
  readonly tools: readonly string[];
  readonly dataClasses: readonly string[];
}

/** Nobody has a reach to begin with; one agent and one user show what an entry looks like. */
const EXAMPLE: IdentityDirectory = {
  agents: { helper: { scope: 'helping', owner_team: 'you', versions: [], status: 'active' } },
  users: { ada: { kind: 'human', groups: [], data_classifications_authorized: [], status: 'active' } },
  servers: [],
  tools: [],
  dataClasses: [],
};

/** Who may act: the directory of agents and users, and what agents reach at all. */
export function identityDraft({ data, alias }: BundleNames, directory = EXAMPLE): DraftedRules {
  return {
    purpose: 'Who may act, and what agents reach at all.',
    fixture: `
# Who is registered in these tests.
agents := {"helper": {"status": "active"}, "retired": {"status": "disabled"}}

users := {"ada": {"status": "active"}, "tess": {"status": "disabled"}}

by(agent, user) := {"agent": {"id": agent}, "user": {"id": user}}
`,
    rules: [
      {
        rule: {
          kind: 'allow',
          id: 'agent_and_user_known',
          title: 'Agent and user are registered',
          description: 'An active agent of the directory acts for an active user of it.',
          custom: { reason: 'agent_and_user_known', message: 'Agent and user are registered.' },
          bodies: [
            `{
	${data}.agents[input.agent.id].status == "active"
	${data}.users[input.user.id].status == "active"
}`,
          ],
        },
        tests: `
test_a_registered_agent_may_act_for_a_registered_user if {
	"agent_and_user_known" in ${alias}.allow with input as by("helper", "ada")
		with ${data}.agents as agents
		with ${data}.users as users
}

test_nobody_else_is_granted_anything if {
	every caller in [["helper", ""], ["helper", "tess"], ["retired", "ada"], ["shadow", "ada"]] {
		not "agent_and_user_known" in ${alias}.allow with input as by(caller[0], caller[1])
			with ${data}.agents as agents
			with ${data}.users as users
	}
}
`,
      },
      {
        rule: {
          kind: 'deny',
          id: 'agent_unregistered',
          title: 'Agents are registered',
          description:
            'An agent that the directory does not list may do nothing, however valid its credential is.',
          custom: {
            reason: 'agent_unregistered',
            message: 'This agent is not registered, so nothing that it asks for is allowed.',
            remediation: 'register_the_agent',
            severity: 'critical',
          },
          bodies: [`not ${data}.agents[input.agent.id]`],
        },
        tests: `
test_an_unregistered_agent_is_refused if {
	"agent_unregistered" in ${alias}.deny with input as by("shadow", "ada")
		with ${data}.agents as agents
}

test_a_registered_agent_is_not_refused if {
	not "agent_unregistered" in ${alias}.deny with input as by("helper", "ada")
		with ${data}.agents as agents
}
`,
      },
    ],
    data: directoryText(directory),
    next: [
      'Register your agents and users in `data.yaml`, and list under `capabilities` what agents reach at all: the kernel holds every call to it.',
      '`capabilities` are the same for every agent here. Where they are to differ, `docs/guides/subagents.md` says what to heed.',
    ],
  };
}

function directoryText({ agents, users, servers, tools, dataClasses }: IdentityDirectory): string {
  const capabilities = {
    ...{ servers, tools, resources: [], prompts: [], models: [], subagents: [] },
    data_classes: dataClasses,
  };
  return `# Who is registered. The gateway reads \`agents\` and \`users\` too, to describe the caller to policy.
${entries({ agents })}
${entries({ users })}
# What agents reach at all. An entry is exact, or a prefix where it ends in \`*\`, as \`crm.*\` under tools.
${entries({ capabilities })}`;
}

/** One entry a row. */
function entries(said: Readonly<Record<string, Readonly<Record<string, unknown>>>>): string {
  return Object.entries(said)
    .map(([key, below]) => {
      const rows = Object.entries(below).map(([name, value]) => `  ${keyText(name)}: ${flowText(value)}\n`);
      return `${key}:\n${rows.join('')}`;
    })
    .join('');
}

/** What a team asks of the callers of its own agents. */
export function teamIdentityDraft({ data, alias }: BundleNames): DraftedRules {
  return {
    purpose: 'Who may use the agents of the team.',
    rules: [
      {
        rule: {
          kind: 'deny',
          id: 'service_account',
          title: 'Service accounts are listed',
          description: 'The agents of the team act for people, and for the service accounts that are listed.',
          custom: {
            reason: 'service_account_not_listed',
            message: 'This service account may not use the agents of this team.',
            remediation: 'ask_the_owner_team_for_access',
            severity: 'high',
            overridable: true,
          },
          bodies: [
            `{
	input.user.kind == "service"
	not input.user.id in ${data}.service_accounts
}`,
          ],
        },
        tests: `
test_a_service_account_that_is_not_listed_is_refused if {
	"service_account" in ${alias}.deny with input.user as {"id": "nightly", "kind": "service"}
		with ${data}.service_accounts as []
}

test_a_listed_service_account_is_not_refused if {
	not "service_account" in ${alias}.deny with input.user as {"id": "nightly", "kind": "service"}
		with ${data}.service_accounts as ["nightly"]
}

test_a_person_is_not_refused if {
	not "service_account" in ${alias}.deny with input.user as {"id": "ada", "kind": "human"}
		with ${data}.service_accounts as []
}
`,
      },
    ],
    data: `# Service accounts that may use the agents of the team, by their id.
service_accounts: []
`,
    next: ['List under `service_accounts` in `data.yaml` who may use your agents besides people.'],
  };
}
