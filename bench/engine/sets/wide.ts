import { bundleOf, type PolicySet } from './policy-set.ts';
import { seeded } from './random.ts';

const TEAMS = 50;
const TOOL_RULES = 120;
const ACCOUNTS = 20_000;
const INPUTS = 240;
const REGIONS = ['eu-west', 'eu-central', 'us-east', 'us-west'];

/** Hundreds of rules: six of each team’s own and one for each of many tools, over some five million characters of data. */
export async function wideSet(place: { readonly folder: string; readonly opa: string }): Promise<PolicySet> {
  const files: Record<string, string> = { 'decision.rego': DECISION, 'tools.rego': toolRules() };
  for (let team = 0; team < TEAMS; team++) files[`${teamName(team)}.rego`] = teamRules(teamName(team));
  files['data.json'] = JSON.stringify(wideData());
  const bundle = await bundleOf(files, place);
  const title = `${TEAMS * 6 + TOOL_RULES} rules, ${(files['data.json'].length / 1e6).toFixed(1)} MB of data`;
  return { name: 'wide', title, bundle, inputs: wideInputs() };
}

const DECISION = `package bailiff

decision := {"allow": count(denied) == 0, "denied": sort(denied), "account": account}

account := {"id": input.account, "tier": object.get(data.accounts, [input.account, "tier"], "none")}

denied contains {"rule": rule, "team": input.team} if some rule in data.teams[input.team].deny

denied contains {"rule": rule, "team": ""} if some rule in data.tools.deny
`;

const teamName = (team: number): string => `team_${String(team).padStart(2, '0')}`;
const toolName = (tool: number): string => `tool_${String(tool).padStart(3, '0')}`;
const accountName = (account: number): string => `account-${String(account).padStart(5, '0')}`;

function teamRules(team: string): string {
  return `package teams.${team}

deny contains "unknown_account" if not data.accounts[input.account]

deny contains "other_team" if data.accounts[input.account].team != "${team}"

deny contains "amount" if input.amount > data.limits.${team}.amounts[data.accounts[input.account].tier]

deny contains "region" if not input.region in data.limits.${team}.regions

deny contains "frozen" if {
	some flag in data.accounts[input.account].flags
	flag in data.limits.${team}.stopping_flags
}

deny contains "not_granted" if not granted

granted if {
	some prefix in data.limits.${team}.grants
	startswith(input.resource, prefix)
}
`;
}

function toolRules(): string {
  const rules = Array.from(
    { length: TOOL_RULES },
    (_none, tool) => `deny contains "${toolName(tool)}" if {
	input.tool == "${toolName(tool)}"
	input.amount > ${tool * 10}
}
`,
  );
  return `package tools\n\n${rules.join('\n')}`;
}

function wideData(): unknown {
  const random = seeded(11);
  const accounts = Object.fromEntries(
    Array.from({ length: ACCOUNTS }, (_none, account) => [
      accountName(account),
      {
        team: teamName(account % TEAMS),
        tier: ['basic', 'plus', 'premium'][random(3)],
        region: REGIONS[random(REGIONS.length)],
        balance_cents: random(10_000_000),
        opened: `20${10 + random(16)}-0${1 + random(9)}-1${random(10)}`,
        flags: [`flag-${random(40)}`, `flag-${random(40)}`, `flag-${random(40)}`],
        note: `Customer number ${account}, looked after since ${2010 + random(16)} by desk ${random(900)}.`,
      },
    ]),
  );
  const limits = Object.fromEntries(
    Array.from({ length: TEAMS }, (_none, team) => [
      teamName(team),
      {
        amounts: { basic: 100 + team, plus: 1_000 + team, premium: 10_000 + team },
        regions: REGIONS.slice(0, 1 + (team % REGIONS.length)),
        stopping_flags: [`flag-${team % 40}`, `flag-${(team + 7) % 40}`],
        grants: Array.from({ length: 100 }, (_each, grant) => `crm://${teamName(team)}/area-${grant}/`),
      },
    ]),
  );
  return { accounts, limits };
}

function wideInputs(): string[] {
  const random = seeded(13);
  return Array.from({ length: INPUTS }, () => {
    const account = random(ACCOUNTS + 200);
    const team = random(5) === 0 ? random(TEAMS) : account % TEAMS;
    return JSON.stringify({
      team: teamName(team),
      account: accountName(account),
      tool: toolName(random(TOOL_RULES)),
      amount: random(3) === 0 ? random(2_000) : random(100),
      region: REGIONS[random(REGIONS.length)],
      resource: `crm://${teamName(team)}/area-${random(110)}/record-${random(1_000)}`,
      context: { conversation: `c-${random(100_000)}`, turn: random(60), seen: ['public', 'internal'] },
    });
  });
}
