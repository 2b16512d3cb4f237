/** Writes `docs/how-decisions-combine.md`, for people who do not read Rego, from the table, the cases and the laws. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { KERNEL_REASONS, OVERRIDE_LIMITS } from '@bailiff/contract';
import { type NamedCase, readCases } from '../../conformance/case.ts';
import { LAWS } from '../../conformance/laws/laws.ts';
import { type Cell, LETTERS, type Letter, TRUTH_TABLE } from '../../conformance/truth-table.ts';
import { ROOT } from '../tree.ts';

/** Path below the repository. */
export const HOW_DECISIONS_COMBINE_FILE = 'docs/how-decisions-combine.md';

const CELLS: Readonly<Record<Cell, string>> = { yes: 'yes', no: 'no', any: '–' };

/** What readers call an outcome. */
const OUTCOMES: Readonly<Record<string, string>> = {
  allow: 'allowed',
  deny: 'denied',
  approval_required: 'a person must approve',
};

/** The text of the guide. */
export async function howDecisionsCombine(): Promise<string> {
  const cases = readCases();
  const sections = [
    INTRODUCTION,
    whoSaysWhatSection(cases),
    tableSection(),
    workedSection(cases),
    reasonsSection(),
    versionsSection(cases),
    grantsSection(cases),
    overridesSection(cases),
    approvalsSection(cases),
    dutiesSection(cases),
    presenceSection(cases),
    listsSection(cases),
    watchedSection(cases),
    RECORD,
    lawsSection(),
  ];
  return `${sections.join('\n\n')}\n`;
}

const INTRODUCTION = `<!-- Generated from conformance/ by \`npm run generate\`; edit the cases, not this page. -->

# How decisions combine

Every call of an agent is put to every bundle of rules that has a say in it. Each bundle says what it has found; none of them
decides alone. One piece of policy, the kernel, combines what they said into one answer, always in the same way:

> Everyone may object, few may grant, and only a named, expiring override lifts a named objection.

Each statement below that stands beside a situation is a test case, and is tried against the real policy engine with every
change. The cases are in \`conformance/cases\`, the kernel in \`policies/kernel\`.`;

function whoSaysWhatSection(cases: readonly NamedCase[]): string {
  return `## What a bundle can say

| a bundle | which means | who may |
|---|---|---|
| objects (\`deny\`) | this must not happen | everyone |
| asks (\`require_approval\`) | go on only with a person's approval | everyone |
| grants (\`allow\`) | *who*: this agent and user may act; *what*: this may be used | identity grants *who*, resource grants *what*; a server's, subagent's or team's own bundle grants *what* where the release's registry says \`may_grant\` |
| affirms (\`affirm\`) | a condition was checked and is met: told among the reasons, without effect | everyone |
| obliges (\`oblige\`) | if the call goes on, this has to be done: hide, limit, keep, tell | everyone |
| is silent | no opinion | everyone |

The five categories (identity, resource, workflow, compliance, overrides) speak about every call. A team's own part speaks
about calls of the agents that the team owns, a server's bundle about calls to that server, a subagent's about calls to that
subagent.

${listOf(cases, 'bundles')}

Whoever speaks in a way that is not theirs, or by a rule that nobody described, makes the whole decision unusable (row 1):

${listOf(cases, 'findings')}`;
}

const RECORD = `## When the record of a decision must be durable first

Every decision is recorded. \`audit_required\` says that this one must be on disk before anything happens, in every mode of
recording. It is so when policy could not be used (row 1) or contradicts itself (row 5); when an objection of severity high or
critical decided; when an override was used or refused; when a person is asked, or has approved; and whenever the release, a
matched rule or a duty asks for it. How fully and how long it is kept is the strictest of what they ask for; \`controls\` names
the clauses of laws and standards that the matched rules serve.`;

function tableSection(): string {
  const letters = Object.keys(LETTERS) as Letter[];
  const meanings = letters.map((letter) => `- **${letter}**: ${LETTERS[letter]}.`);
  const rows = TRUTH_TABLE.map(({ row, cells, outcome, reasons }) => [
    `${row}`,
    ...letters.map((letter) => CELLS[cells[letter]]),
    `**${OUTCOMES[outcome]}**`,
    reasons,
  ]);
  return [
    '## The table',
    'Six questions are asked of what was said. Read the table from the top: **the first row that matches decides.** Every rule that\nmatched is told in the answer anyway.',
    meanings.join('\n'),
    tableOf(['row', ...letters, 'answer', 'reasons'], rows),
  ].join('\n\n');
}

function workedSection(cases: readonly NamedCase[]): string {
  const worked = cases
    .filter(({ worked: situation }) => situation !== undefined)
    .sort((a, b) => rowOf(a) - rowOf(b));
  const rows = worked.map((each) => [
    each.worked ?? '',
    `**${answerOf(each)}**, row ${rowOf(each)}`,
    each.because,
  ]);
  return ['## Worked cases', tableOf(['situation', 'answer', 'why'], rows)].join('\n\n');
}

function reasonsSection(): string {
  const own = Object.entries(KERNEL_REASONS).map(([code, message]) => [`\`${code}\``, message]);
  return `## Which reasons are told, and in which order

Reasons are stable codes. They come from the rules that decided, each code once. Objections and questions are told by severity
(critical, high, medium, low), then by the id of the rule. An allow tells the grants of *who*, the grants of *what*, then the
affirmations, each by id. The message for people and the advice what to do (\`remediation\`) are those of the first rule alone:
when the most severe objection offers no way out, a milder one's would mislead. The rules that matched are listed in the same
order, duties last.

Where no rule but the kernel itself refuses, it says:

${tableOf(['reason', 'message'], own)}`;
}

function versionsSection(cases: readonly NamedCase[]): string {
  return `## Versions of agents

A release lists the versions of each agent that belong to it, as the directory of the identity bundle has them. A credential that
names another is refused by the kernel itself, whatever bundles say; no override lifts that, and nothing is listed to it.

${listOf(cases, 'versions')}`;
}

function grantsSection(cases: readonly NamedCase[]): string {
  return `## Grants and reach

A grant counts only within the *capabilities* that identity gives the caller: servers, tools, resources, prompts, models,
subagents and data classes. An entry is exact, or a prefix where it ends in \`*\`.

${listOf(cases, 'capabilities')}`;
}

function overridesSection(cases: readonly NamedCase[]): string {
  const limits = Object.entries(OVERRIDE_LIMITS).map(([category, { lifetimeDaysMax, approversMin }]) => [
    category,
    `${lifetimeDaysMax} days`,
    `${approversMin}`,
  ]);
  return `## Overrides

An override is a named exception: which rules it lifts, for whom, from when to when, why, which ticket, who asked and who
approved. It lifts objections whose owner made them \`overridable\`, and nothing else. Whoever asked for it is not among those
who approved it; it is justified in at least thirty characters; and by the category of the rules it lifts:

${tableOf(['category', 'lasts at most', 'approved by at least'], [...limits, ['everything else', '30 days', '1']])}

${listOf(cases, 'overrides')}`;
}

function approvalsSection(cases: readonly NamedCase[]): string {
  return `## Approvals

An approval answers the rules that it names, for exactly the call it was given for. The call is decided again when it is used,
so a rule that now objects, or asks in addition, still does. Silence is a denial.

${listOf(cases, 'approvals')}`;
}

function dutiesSection(cases: readonly NamedCase[]): string {
  const merging = [
    ['mask', 'all fields that anybody hides; of two ways the stronger: remove, hash, partial'],
    ['limit', 'the smallest of each: rows, tokens, cost, time-out'],
    [
      'allow_only',
      'what every list of models, regions or columns allows; if nothing is left, `obligation_conflict`',
    ],
    ['audit', 'the fuller level, the longer retention'],
    ['notify, tag', 'all of them'],
    ['anything else', '`obligation_unknown`'],
  ];
  return `## Duties

Duties of several bundles are merged so that neither order nor repetition matters. A contradiction denies; the last one to
speak never wins.

${tableOf(['duty', 'several become'], merging)}

${listOf(cases, 'obligations')}`;
}

function presenceSection(cases: readonly NamedCase[]): string {
  return `## What is missing is never taken for consent

${listOf(cases, 'presence')}`;
}

function listsSection(cases: readonly NamedCase[]): string {
  return `## Lists

What an agent sees in a list of tools is decided by the same rules, before there is a call: objections that depend on
arguments, on the conversation or on usage wait for the call itself.

${listOf(cases, 'lists')}`;
}

function watchedSection(cases: readonly NamedCase[]): string {
  return `## Rules on trial

${listOf(cases, 'watched')}

A rule in mode \`canary\` is in force for some agents and watched for all others:

${listOf(cases, 'canary')}`;
}

function lawsSection(): string {
  return `## What always holds

These are tried with releases and calls made up by the thousand, not only with the cases above.

${Object.values(LAWS)
  .map((law) => `- ${law}`)
  .join('\n')}`;
}

/** The cases of a topic, one a line: why it must be so, and what comes of it. */
function listOf(cases: readonly NamedCase[], topic: string): string {
  return cases
    .filter(({ file }) => file.startsWith(`${topic}/`))
    .map((each) => `- ${each.because} *(${consequenceOf(each)})*`)
    .join('\n');
}

function consequenceOf(each: NamedCase): string {
  if (each.entrypoint === 'decision') return `${answerOf(each)}, row ${rowOf(each)}`;
  if (each.entrypoint === 'watched') return 'recorded apart';
  if (each.entrypoint === 'decision_and_watched')
    return each.want === 'failure' ? 'decided without it' : 'recorded beside the decision';
  const { visible } = each.want as { readonly visible: readonly number[] };
  const { candidates } = each.input as { readonly candidates: readonly { readonly tool: string }[] };
  const shown = visible.map((position) => `\`${candidates[position]?.tool ?? ''}\``);
  return shown.length === 0 ? 'nothing is shown' : `of ${candidates.length} tools shown: ${shown.join(', ')}`;
}

function answerOf({ want, file }: NamedCase): string {
  if (want === 'failure') return OUTCOMES.deny ?? '';
  const { outcome } = want as { readonly outcome?: string };
  const words = OUTCOMES[outcome ?? ''];
  if (words === undefined) throw new Error(`${file}: want names no outcome`);
  return words;
}

/** A failed evaluation is the gateway’s row 1. */
function rowOf({ want, file }: NamedCase): number {
  if (want === 'failure') return 1;
  const { metadata } = want as { readonly metadata?: { readonly resolution?: number } };
  if (metadata?.resolution === undefined) throw new Error(`${file}: want names no resolution`);
  return metadata.resolution;
}

function tableOf(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(header), `|${'---|'.repeat(header.length)}`, ...rows.map(line)].join('\n');
}

if (import.meta.main) {
  const file = join(ROOT, HOW_DECISIONS_COMBINE_FILE);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, await howDecisionsCombine());
}
