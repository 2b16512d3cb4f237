import type { Answer, DecisionEntry, JsonObject, OutcomeEntry, RefusalEntry } from '@bailiff/contract';
import type { StoredEntry } from '../../record/reader.ts';
import { tellMoment } from './moment.ts';
import { type Colours, colourOf, tellOutcome, visible } from './terminal.ts';

const LABEL_WIDTH = 14;

/** Longest arguments that are shown in full; `--json` always shows all. */
const ARGUMENTS_CHARACTERS_MAX = 2_000;

/** A label and what stands beside it. */
type Line = readonly [label: string, text: string];

/**
 * Everything under one decision id, for people: what was asked, by whom, the answer and why, and what became of it.
 */
export function tellRecord(entries: readonly StoredEntry[], colours: Colours): string {
  const decision = entries.map(({ entry }) => entry).find((entry) => entry.kind === 'decision');
  const outcome = entries.map(({ entry }) => entry).find((entry) => entry.kind === 'outcome');
  const refusal = entries.map(({ entry }) => entry).find((entry) => entry.kind === 'refusal');
  const { title, lines } =
    decision !== undefined
      ? toldDecision(decision, outcome, colours)
      : toldRefusal(refusal, outcome, colours);
  return [title, ...[...lines, ...chainLines(entries)].map(lineOf)].map((text) => `${text}\n`).join('');

  function lineOf([label, text]: Line): string {
    return `  ${colours.dim(label.padEnd(LABEL_WIDTH))}${visible(text)}`;
  }
}

interface Told {
  readonly title: string;
  readonly lines: readonly Line[];
}

function toldDecision(entry: DecisionEntry, outcome: OutcomeEntry | undefined, colours: Colours): Told {
  const { answer, latency } = entry;
  const { metadata } = answer;
  const simulated = metadata.simulated ? ' (simulated: this granted nothing)' : '';
  const message = answer.outcome === 'allow' ? '' : visible(` ${answer.message}`);
  const took = `context ${latency.context_ms} ms, decision ${latency.decision_ms} ms`;
  const row = `row ${metadata.resolution} of the table of outcomes`;
  return {
    title: `${colours.bold(colourOf(answer.outcome, colours)(tellOutcome(answer.outcome)))}${simulated}${message}`,
    lines: [
      ['decision', entry.decision_id],
      ['when', `${tellMoment(Date.parse(entry.at))} UTC`],
      ['who', who(entry)],
      ...askedLines(entry),
      ['reasons', answer.reasons.join(', ')],
      ...ruleLines(answer),
      ...wayOutLines(answer),
      ['became', became(outcome)],
      ['policy', `${metadata.policy_version}, ${row}, engine ${entry.engine}`],
      ...metadata.failures.map(({ kind, subject }): Line => ['failed', `${kind}: ${subject}`]),
      ['took', took],
    ],
  };
}

function who({ principal, input }: DecisionEntry): string {
  const agent = objectAt((input as JsonObject).agent);
  const version = typeof agent.version === 'string' ? ` ${agent.version}` : '';
  const team = typeof agent.owner_team === 'string' ? ` of team ${agent.owner_team}` : '';
  const user = principal.user === '' ? 'for nobody' : `for user ${principal.user}`;
  const proof = `${principal.auth_method} ${principal.credential_id}${principal.issuer === '' ? '' : ` of ${principal.issuer}`}`;
  return `agent ${principal.agent}${version}${team}, ${user}; proven by ${proof}`;
}

function askedLines({ input, list, masked, forward, data_class_sources }: DecisionEntry): Line[] {
  const action = objectAt((input as JsonObject).action);
  const context = objectAt((input as JsonObject).context);
  const target = objectAt(action.target).id;
  const asked = list === null ? `${action.type} ${target}` : `the list of ${action.server || target}`;
  const args = JSON.stringify(action.args ?? {});
  const lines: Line[] = [['asked', asked]];
  if (list !== null)
    lines.push(['shown', `${list.visible.length} of ${list.candidates}: ${list.visible.join(', ')}`]);
  else if (args !== '{}') lines.push(['arguments', shortened(args)]);
  for (const { path, strategy } of masked) lines.push(['masked', `${path} (${strategy})`]);
  if (data_class_sources.length > 0) {
    lines.push([
      'touches',
      data_class_sources.map(({ class: name, source }) => `${name} (by ${source})`).join(', '),
    ]);
  }
  if (typeof context.conversation_id === 'string' && context.conversation_id !== '') {
    lines.push(['conversation', `${context.conversation_id}, turn ${context.turn_count}`]);
  }
  if (forward !== null) lines.push(['call bytes', `${forward.bytes} bytes, SHA-256 ${forward.digest}`]);
  return lines;
}

const shortened = (text: string) =>
  text.length <= ARGUMENTS_CHARACTERS_MAX
    ? text
    : `${text.slice(0, ARGUMENTS_CHARACTERS_MAX)}… (${text.length} characters, all with --json)`;

/** Titles, owners and reasons as the release had them: they are part of the recorded answer. */
function ruleLines({ metadata }: Answer): Line[] {
  const lines = metadata.rules.flatMap(
    ({ rule, effect, title, owner, reason, remediation, appeal_path }): Line[] => {
      const more = [`reason ${reason}`, `owner ${owner}`];
      if (remediation !== '') more.push(`remediation ${remediation}`);
      if (appeal_path !== '') more.push(`appeal ${appeal_path}`);
      return [
        ['rule', `${rule} (${effect.replaceAll('_', ' ')}): ${title}`],
        ['', more.join(', ')],
      ];
    },
  );
  for (const rule of metadata.watched_rules) lines.push(['watched', `${rule} would have denied`]);
  for (const { kind, subject } of metadata.watched_failures ?? [])
    lines.push(['watched', `no rule was heard, since one failed: ${kind} ${subject}`]);
  lines.push(...candidateLines(metadata));
  for (const { id, lifts, status, ticket } of metadata.overrides) {
    lines.push(['override', `${id} (${status}) for ${lifts.join(', ')}, ticket ${ticket}`]);
  }
  return lines;
}

/** What the release on trial said of it. */
function candidateLines({ candidate }: Answer['metadata']): Line[] {
  if (candidate === undefined) return [];
  const { policy_version: version, stage, outcome, reasons, differs } = candidate;
  const how = differs === true ? ', otherwise than what decided' : differs === false ? ', alike' : '';
  return [['on trial', `${version} (${stage}) said ${outcome}${how}: ${reasons.join(', ')}`]];
}

/** What the caller may do about it, and what the gateway had to. */
function wayOutLines(answer: Answer): Line[] {
  const lines: Line[] = answer.obligations.map((obligation) => ['duty', JSON.stringify(obligation)]);
  if (answer.outcome === 'allow') return lines;
  if (answer.remediation !== undefined) lines.push(['remediation', answer.remediation]);
  for (const { change } of answer.alternatives)
    lines.push(['alternative', `${JSON.stringify(change)} would be allowed`]);
  if (answer.metadata.appeal_path !== '') lines.push(['appeal', answer.metadata.appeal_path]);
  if (answer.approval !== null) {
    lines.push([
      'approval',
      `${answer.approval.id} by ${answer.approval.approvers.join(', ')} until ${answer.approval.expires_at}`,
    ]);
  }
  return lines;
}

function became(outcome: OutcomeEntry | undefined): string {
  if (outcome === undefined) return 'unknown: no outcome is recorded';
  switch (outcome.result) {
    case 'forwarded':
      return `forwarded; answered with ${outcome.bytes} bytes in ${outcome.duration_ms} ms`;
    case 'answered':
      return 'answered: the caller enforces it';
    case 'refused':
      return 'refused; nothing was forwarded';
    case 'held':
      return 'held until somebody approves; nothing was forwarded';
    case 'failed':
      return `failed: ${outcome.failure ?? 'for a reason that is not recorded'}`;
    case 'unknown':
      return 'unknown: the gateway ended before it could say';
  }
}

function toldRefusal(
  entry: RefusalEntry | undefined,
  outcome: OutcomeEntry | undefined,
  colours: Colours,
): Told {
  const title = colours.bold(colourOf('refused', colours)(tellOutcome('refused')));
  if (entry === undefined)
    return { title: `${title} before it was recorded`, lines: [['became', became(outcome)]] };
  const { agent, user } = entry.principal;
  return {
    title: `${title} before there was a decision: ${visible(entry.detail)}`,
    lines: [
      ['decision', entry.decision_id],
      ['when', `${tellMoment(Date.parse(entry.at))} UTC`],
      [
        'who',
        agent === ''
          ? 'nobody that could be made out'
          : `agent ${agent}${user === '' ? '' : ` for user ${user}`}`,
      ],
      ['asked', entry.route],
      ['reason', entry.failure],
    ],
  };
}

const chainLines = (entries: readonly StoredEntry[]): Line[] =>
  entries.map(({ seq, hash, entry }) => ['record', `entry ${seq} (${entry.kind}), hash ${hash}`]);

const objectAt = (value: unknown): JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
