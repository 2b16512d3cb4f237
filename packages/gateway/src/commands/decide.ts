import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { Answer } from '@bailiff/contract';
import { Command } from 'commander';
import pc from 'picocolors';
import { z } from 'zod';
import { loadConfiguration } from '../config.ts';
import { presentAddress } from './clients/gateway-address.ts';
import { defaultConfigurationFile } from './places.ts';
import { colourOf, tellOutcome } from './record/terminal.ts';

/** What a caller of the command learns from its exit code. */
const EXIT = { allowed: 0, refused: 1, unanswered: 2 } as const;
/** How long the gateway may take. */
const ANSWER_TIMEOUT_MS = 30_000;

/** Where a question goes, and how its answer is shown. */
export interface DecideOptions {
  /** A file with the document; `-` is standard input. */
  readonly input: string;
  readonly url: string;
  readonly token?: string;
  readonly simulate?: true;
  readonly json?: true;
}

/** `bailiff decide`: asks the running gateway. Exit code 0 allow, 1 deny or approval required, 2 could not ask. */
export function decideCommand(): Command {
  return new Command('decide')
    .description('Ask the running gateway for a decision and explain the answer.')
    .requiredOption('--input <file>', 'JSON document with at least an "action"; - reads standard input')
    .option('--simulate', 'decide about the document as it is written; recorded as simulated, grants nothing')
    .option('--config <file>', 'configuration of the gateway', defaultConfigurationFile())
    .option('--url <url>', 'where the gateway is (default: where that of the configuration listens)')
    .option('--token <token>', 'credential (default: the environment variable BAILIFF_TOKEN)')
    .option('--json', 'print the answer as it came')
    .addHelpText(
      'after',
      `
Example:
  echo '{"action": {"type": "tool_call", "tool": "crm.read", "args": {"id": 7}}}' | bailiff decide --input -
Exit code: 0 allow, 1 deny or approval required, 2 could not ask.`,
    )
    .action(async ({ config, url, ...options }: DecideArguments) => {
      const { exitCode, out, error } = await decide({ ...options, url: url ?? (await urlIn(config)) });
      process.stdout.write(out);
      process.stderr.write(error);
      process.exitCode = exitCode;
    });
}

interface DecideArguments extends Omit<DecideOptions, 'url'> {
  readonly config: string;
  readonly url?: string;
}

/** Where the gateway of a configuration is. @throws Failure `configuration_invalid`. */
async function urlIn(config: string): Promise<string> {
  return (await presentAddress(await loadConfiguration(config))).url;
}

/** What the command prints and exits with. */
export interface DecideOutcome {
  readonly exitCode: number;
  readonly out: string;
  readonly error: string;
}

/** Asks, and tells the answer for people or, with `json`, as it came. Never throws. */
export async function decide(options: DecideOptions): Promise<DecideOutcome> {
  const body = await readInput(options.input);
  if ('problem' in body) return unanswered(body.problem);
  const reply = await ask(body, options);
  if ('problem' in reply) return unanswered(reply.problem);
  const json = parsed(reply.text);
  const answer = Answer.safeParse(json);
  if (reply.status === 200 && answer.success) {
    const out = options.json ? `${reply.text}\n` : explained(answer.data);
    return { exitCode: answer.data.allow ? EXIT.allowed : EXIT.refused, out, error: '' };
  }
  return {
    ...unanswered(whyNot(reply.status, json, options.url)),
    out: options.json ? `${reply.text}\n` : '',
  };
}

function unanswered(problem: string): DecideOutcome {
  return { exitCode: EXIT.unanswered, out: '', error: `${problem}\n` };
}

interface Unanswered {
  readonly problem: string;
}

/** The bytes as they are: the gateway’s strict parser must see what a lenient one would smooth over. */
async function readInput(input: string): Promise<Buffer | Unanswered> {
  try {
    return input === '-' ? Buffer.from(await text(process.stdin)) : await readFile(input);
  } catch (thrown) {
    return { problem: `${input} cannot be read: ${detailOf(thrown)}` };
  }
}

async function ask(
  body: Buffer,
  { url, token, simulate }: DecideOptions,
): Promise<{ readonly status: number; readonly text: string } | Unanswered> {
  const credential = token ?? process.env.BAILIFF_TOKEN ?? '';
  if (credential === '')
    return {
      problem:
        'A credential is needed: --token or BAILIFF_TOKEN. ./bailiff token --agent A --user U issues one.',
    };
  try {
    const target = new URL(
      `v1/decisions${simulate ? '?simulate=true' : ''}`,
      url.endsWith('/') ? url : `${url}/`,
    );
    const response = await fetch(target, {
      method: 'POST',
      headers: { authorization: `Bearer ${credential}`, 'content-type': 'application/json' },
      body: new Uint8Array(body),
      redirect: 'error', // the credential is for this gateway and no other
      signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
    });
    return { status: response.status, text: await response.text() };
  } catch (thrown) {
    return {
      problem: `No gateway answers at ${url}: ${detailOf(thrown)}\nStart one with npm start, or name another with --config or --url.`,
    };
  }
}

function detailOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  return thrown.cause instanceof Error ? thrown.cause.message || thrown.message : thrown.message;
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

/** As much of a problem document as is told. */
const Problem = z.object({
  title: z.string(),
  detail: z.string(),
  code: z.string(),
  decision_id: z.string().optional(),
  errors: z.array(z.object({ path: z.string(), problem: z.string(), mend: z.string() })).default([]),
});

function whyNot(status: number, json: unknown, url: string): string {
  const problem = Problem.safeParse(json);
  if (!problem.success) return `What answers at ${url} is not a bailiff gateway (status ${status}).`;
  const { title, detail, code, decision_id, errors } = problem.data;
  const lines = [`${title} (${code}).`];
  if (errors.length === 0 && detail !== title) lines.push(detail);
  for (const { path, problem, mend } of errors) lines.push(`  ${path || 'the document'} ${problem}. ${mend}`);
  if (code === 'unauthenticated') lines.push('./bailiff token --agent A --user U issues a credential.');
  if (decision_id !== undefined) lines.push(`Recorded as ${decision_id}.`);
  return lines.map(plain).join('\n');
}

const LABEL_WIDTH = 13;

/** The answer for people: the outcome, why, whose rules, what would help, and where to look. */
function explained(answer: Answer): string {
  const { metadata } = answer;
  const simulated = metadata.simulated ? ' (simulated: this grants nothing)' : '';
  const rows: (readonly [string, string])[] = [['reasons', answer.reasons.join(', ')]];
  for (const { rule, effect, title, owner } of metadata.rules)
    rows.push(['rule', `${rule} (${effect}, owner ${owner}): ${title}`]);
  if (answer.outcome === 'allow') {
    for (const obligation of answer.obligations) rows.push(['duty', JSON.stringify(obligation)]);
  } else {
    if (answer.remediation !== undefined) rows.push(['remediation', answer.remediation]);
    for (const { change } of answer.alternatives)
      rows.push(['alternative', `${changed(change)} would be allowed`]);
    if (metadata.appeal_path !== '') rows.push(['appeal', metadata.appeal_path]);
    if (answer.approval !== null)
      rows.push([
        'approvers',
        `${answer.approval.approvers.join(', ')}, until ${answer.approval.expires_at}`,
      ]);
  }
  if (metadata.defaulted.length > 0) rows.push(['defaulted', metadata.defaulted.join(', ')]);
  rows.push([
    'decision',
    `${metadata.decision_id}, policy ${metadata.policy_version}, row ${metadata.resolution}`,
  ]);
  const message = answer.outcome === 'allow' ? '' : ` ${plain(answer.message)}`;
  const lines = rows.map(([label, value]) => `  ${label.padEnd(LABEL_WIDTH)}${plain(value)}`);
  const mark = colourOf(answer.outcome, pc)(tellOutcome(answer.outcome));
  return `${mark}${simulated}${message}\n${lines.join('\n')}\n`;
}

function changed(change: Readonly<Record<string, unknown>>): string {
  return Object.entries(change)
    .map(([path, value]) => `${path} = ${JSON.stringify(value)}`)
    .join(', ');
}

/** What came over the wire, without characters that steer a terminal or hide text. */
function plain(line: string): string {
  return line.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\u{FFFD}');
}
