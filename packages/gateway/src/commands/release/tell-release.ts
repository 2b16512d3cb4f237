import {
  Activation,
  ReleaseList,
  ReleaseStatus,
  type ReleaseStep,
  StoredReleaseDocument,
} from '@bailiff/contract';
import pc from 'picocolors';
import type { z } from 'zod';
import { firstLines, TOLD_MAX } from '../../distribution/finding.ts';
import { table as columns, visible } from '../record/terminal.ts';

type Bundle = ReleaseStatus['bundles'][number];

/** How policy stands, for people. */
export function tellStatus(answer: unknown): string {
  const status = read(ReleaseStatus, answer);
  const { active, rollout, bundles, held, last_attempt: attempt } = status;
  const lines = [`${pc.bold('active')}     ${active ?? 'none'}`, ...trialLines(rollout)];
  if (attempt !== null) {
    const checks = attempt.checks.map(
      ({ check, outcome, duration_ms }) => `${check} ${outcome} (${duration_ms} ms)`,
    );
    lines.push(
      `${pc.bold('last look')}  ${attempt.at}${checks.length === 0 ? '' : `: ${checks.join(', ')}`}`,
    );
  }
  const rows = bundles.map((bundle) => [
    bundle.name,
    bundle.revision ?? '–',
    bundle.source,
    signedBy(bundle),
    pulled(bundle),
    bundle.held === null ? '' : heldWord(bundle.held.check),
  ]);
  const listed = table(['BUNDLE', 'REVISION', 'SOURCE', 'SIGNED', 'LOOKED AT', ''], rows);
  const reasons = Object.entries(held).flatMap(([part, one]) => heldLines(part, one));
  return `${[...lines, '', listed.trimEnd(), ...(reasons.length === 0 ? [] : ['', ...reasons])].join('\n')}\n`;
}

/** What passed and is held back because people want it so is told apart from what did not pass. */
function heldWord(check: string): string {
  if (check === 'withdrawn') return 'withdrawn';
  return check === 'waiting' ? 'waits' : 'held back';
}

/** Why a part is not in force: in one line where that is one thing, else a line each. */
function heldLines(part: string, { check, detail, findings }: ReleaseStatus['held'][string]): string[] {
  const mark = `${heldMark(check)} ${visible(part)}`;
  if (findings.length < 2) return [`${mark}: ${visible(detail)}`];
  const { lines, rest } = firstLines(findings, TOLD_MAX);
  return [
    `${mark}: ${findings.length} findings (${visible(check)})`,
    ...lines.map((line) => `  ${visible(line)}`),
    ...(rest > 0 ? [`  and ${rest} more: --json`] : []),
  ];
}

function heldMark(check: string): string {
  const word = heldWord(check);
  return word === 'held back' ? pc.red(word) : pc.yellow(word);
}

function trialLines({ trial, window, stopped }: ReleaseStatus['rollout']): string[] {
  const lines: string[] = [];
  if (trial !== null) {
    const { policy_version, stage, since, calls, differing, errors, halted } = trial;
    const differs = stage === 'watch' ? `, ${differing} decided otherwise` : '';
    lines.push(
      `${pc.bold('on trial')}   ${policy_version} in ${stage} since ${since}: ${calls} calls${differs}, ${errors} errors`,
    );
    if (halted !== null) lines.push(`           ${pc.yellow('halted')} ${visible(halted)}`);
  }
  if (window !== null)
    lines.push(
      `           restored to ${window.previous} by itself until ${window.until} if ${window.errors_max} calls fail`,
    );
  if (stopped !== null && trial === null)
    lines.push(
      `${pc.bold('last trial')} ${stopped.policy_version} was stopped at ${stopped.at}: ${visible(stopped.reason)}`,
    );
  return lines;
}

function signedBy({ signed_by: key, approved_by: people }: Bundle): string {
  const approved = people.length === 0 ? '' : `, approved by ${people.join(', ')}`;
  return `${key ?? 'unsigned'}${approved}`;
}

function pulled({ pull }: Bundle): string {
  if (pull === null) return 'policy folder';
  const { last_pull: last, next_pull_at: next, age_seconds: age, stale, from_disk: fromDisk } = pull;
  const parts = [
    last === null ? 'not yet' : `${last.outcome} ${last.at}`,
    ...(age === null ? [] : [`${Math.round(age)} s old`]),
    ...(next === null ? [] : [`next ${next}`]),
    ...(fromDisk ? ['copy on disk'] : []),
    ...(stale ? ['stale: counts as missing'] : []),
    ...(last?.outcome === 'failed' ? [visible(last.detail)] : []),
  ];
  return parts.join(', ');
}

/** What a promotion came to, for people, in one sentence. */
export function tellPromotion(answer: unknown): string {
  const { active, rollout, activations } = read(ReleaseStatus, answer);
  const { trial } = rollout;
  if (trial?.stage === 'canary')
    return `${pc.bold(trial.policy_version)} is in its canary since ${trial.since}; for all others ${active ?? 'nothing'} decides.\n`;
  const last = activations.at(-1);
  return last === undefined ? `${active ?? 'Nothing'} decides.\n` : tellActivation(last);
}

/** What stopping a trial came to, for people, in one sentence. */
export function tellStop(answer: unknown): string {
  const { active, rollout } = read(ReleaseStatus, answer);
  const { stopped } = rollout;
  const what = stopped === null ? 'The trial' : `The trial of ${pc.bold(stopped.policy_version)}`;
  const why = stopped === null ? '' : `: ${visible(stopped.reason)}`;
  return `${what} is over${why}. ${active ?? 'Nothing'} decides for all agents.\n`;
}

const STEPS: Readonly<Record<ReleaseStep['kind'], string>> = {
  watch: 'watched',
  canary: 'in its canary',
  stopped: 'trial ended',
  joined: 'went on as',
  delivered: 'delivered',
  promoted: 'promoted to everyone',
  rolled_back: 'gone back to',
  restored: 'restored',
  left: 'left for',
};

/** One step of what became of a release, in a line; who and why only where that is not what is said of the release itself. */
function tellStep(
  { at, by, reason, kind, to, from }: ReleaseStep,
  brought: { readonly author: string; readonly reason: string },
): string {
  if (kind === 'joined') return `${STEPS[kind]} ${visible(to ?? '')} ${at}: ${visible(reason)}`;
  const where = to === undefined ? '' : ` ${visible(to)}`;
  const joined = from === undefined ? '' : `, joining the trial of ${visible(from)},`;
  const isSame = by === brought.author && reason === brought.reason;
  return `${STEPS[kind]}${where}${joined} ${at}${isSame ? '' : ` by ${visible(by)}: ${visible(reason)}`}`;
}

/** The releases that are kept, for people. */
export function tellList(answer: unknown): string {
  const { active, releases } = read(ReleaseList, answer);
  const rows = releases.map(({ policy_version, at, author, reason }) => [
    policy_version === active ? '*' : '',
    policy_version,
    at,
    visible(author),
    visible(reason),
  ]);
  const [headings = '', ...lines] = table(['', 'RELEASE', 'AT', 'BY', 'WHAT'], rows).trimEnd().split('\n');
  const told = releases.flatMap((release, index) => [
    lines[index] ?? '',
    ...release.history.map((step) => pc.dim(`     ${tellStep(step, release)}`)),
  ]);
  return `${[headings, ...told].join('\n')}\n`;
}

/** One release, for people. */
export function tellRelease(answer: unknown): string {
  const { policy_version, at, author, reason, preflight, release, rules, history } = read(
    StoredReleaseDocument,
    answer,
  );
  const launches = Object.entries(release.launches).map(([server, { kind, what }]) => [server, kind, what]);
  const agents = Object.entries(release.agents).map(([agent, versions]) => [
    agent,
    versions.join(', ') || 'any',
  ]);
  const registered = Object.entries(release.registrations).map(([name, { what }]) => [name, visible(what)]);
  const keys = Object.entries(release.keys).map(([id, { what }]) => [visible(id), visible(what)]);
  const pins = Object.entries(release.tool_pins).map(([server, tools]) => [
    server,
    `${Object.keys(tools).length} tools`,
  ]);
  return [
    `${pc.bold(policy_version)}  ${at}  ${visible(author)}\n${visible(reason)}\n\n`,
    ...(history.length === 0
      ? []
      : [`${history.map((step) => tellStep(step, { author, reason })).join('\n')}\n\n`]),
    table(
      ['CHECK', 'OUTCOME', 'MS', 'DETAIL'],
      preflight.map(({ check, outcome, duration_ms, detail }) => [
        check,
        outcome,
        String(duration_ms),
        visible(detail),
      ]),
    ),
    '\n',
    table(
      ['BUNDLE', 'REVISION', 'RULES'],
      Object.entries(release.bundles).map(([name, revision]) => [
        name,
        revision,
        String(rules.filter(({ id }) => isOf(name, id)).length),
      ]),
    ),
    ...(agents.length === 0 ? [] : ['\n', table(['AGENT', 'VERSIONS'], agents)]),
    ...(pins.length === 0 ? [] : ['\n', table(['SERVER', 'PINNED'], pins)]),
    ...(launches.length === 0 ? [] : ['\n', table(['SERVER', 'LAUNCH', 'WHAT'], launches)]),
    ...(registered.length === 0 ? [] : ['\n', table(['BUNDLE', 'REGISTERED AS'], registered)]),
    ...(keys.length === 0 ? [] : ['\n', table(['KEY', 'OF'], keys)]),
  ].join('');
}

function isOf(bundle: string, rule: string): boolean {
  return rule.startsWith(`${bundle.replaceAll('/', '.')}.`);
}

/** A switch, for people. */
export function tellActivation(answer: unknown): string {
  const { policy_version, at, by, reason } = read(Activation, answer);
  return `${pc.bold(policy_version)} decides since ${at} (${visible(by)}: ${visible(reason)})\n`;
}

function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  return columns(
    headings.map((heading) => ({ heading })),
    rows,
  );
}

function read<Schema extends z.ZodType>(schema: Schema, answer: unknown): z.output<Schema> {
  return schema.parse(answer);
}
