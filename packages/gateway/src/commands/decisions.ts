import { Failure } from '@bailiff/contract';
import { Command, InvalidArgumentError, Option } from 'commander';
import pc from 'picocolors';
import { followDecisions } from '../record/follow.ts';
import type { DecisionFilter, DecisionReader, FilterField } from '../record/reader.ts';
import { momentOf } from './record/moment.ts';
import { openStore, type StoreOptions, withStoreOptions } from './record/store.ts';
import { decisionJson, tellDecisions } from './record/tell-decisions.ts';
import { tellRecord } from './record/tell-record.ts';

const LIMIT_DEFAULT = 20;
const LIMIT_MAX = 500;
const FOLLOW_POLL_MS = 250;

const OUTCOMES = ['allow', 'deny', 'approval_required', 'refused'];
const RESULTS = ['forwarded', 'answered', 'refused', 'held', 'failed', 'unknown'];

/** What the command was asked for. Conditions carry the names of the filter. */
interface ListOptions extends StoreOptions, Partial<Record<FilterField, string>> {
  readonly since?: number;
  readonly until?: number;
  readonly latencyOver?: number;
  readonly text?: string;
  readonly limit: number;
  readonly before?: number;
  readonly json?: true;
  readonly follow?: true;
}

/** `bailiff decisions`: lists what was decided, newest first, by any conditions; `show <id>` tells one in full. */
export function decisionsCommand(): Command {
  const list = withStoreOptions(
    new Command('decisions').description('List recorded decisions, newest first.'),
  )
    .option('--since <when>', 'from then on: 15m, 1h, 7d ago, or a time', (text) => momentOf(text))
    .option('--until <when>', 'before then', (text) => momentOf(text))
    .option('--agent <id>', 'of this agent')
    .option('--team <team>', 'of agents that this team owns')
    .option('--user <id>', 'on behalf of this user')
    .option('--conversation <id>', 'of this conversation')
    .option('--server <name>', 'to this server')
    .option('--tool <id>', 'of this tool, or of the resource, prompt, model or subagent with this id')
    .option('--rule <id>', 'in which this rule matched, watched rules included')
    .option('--reason <code>', 'with this reason')
    .addOption(new Option('--outcome <outcome>', 'so decided; refused: before a decision').choices(OUTCOMES))
    .addOption(
      new Option('--result <result>', 'of which this became; unknown: a former run ended first').choices(
        RESULTS,
      ),
    )
    .option('--policy-version <version>', 'decided by this release')
    .option('--data-class <class>', 'touching this data class')
    .option('--latency-over <ms>', 'whose context and decision took at least this long', numberOf)
    .option('--text <words>', 'with all these words in arguments, target, message or titles of rules')
    .option('--limit <number>', `at most this many, up to ${LIMIT_MAX}`, numberOf, LIMIT_DEFAULT)
    .option('--before <seq>', 'continue where another page ended', numberOf)
    .option('--follow', 'stay, and print further ones as they come')
    .option('--json', 'print JSON; with --follow one object a line')
    .action(listDecisions);
  list.addCommand(
    withStoreOptions(new Command('show').description('Tell one decision in full.').argument('<id>'))
      .option('--json', 'print its entries as they are recorded')
      .action(showDecision),
  );
  return list;
}

async function listDecisions(options: ListOptions): Promise<void> {
  await using reader = await openStore(options);
  const { signal } = new AbortController();
  const { limit, before, json } = options;
  const filter = filterOf(options);
  const page = await reader.page(filter, { limit, ...(before === undefined ? {} : { before }) }, signal);
  if (options.follow) {
    const stopped = untilStopped(); // before anything is printed: whoever has read a line may stop it
    process.stdout.write(
      json
        ? page.decisions.toReversed().map(lineOfJson).join('')
        : tellDecisions(page.decisions.toReversed(), pc, { headings: true }),
    );
    await follow(reader, filter, { after: page.searchedTo, json: json ?? false, signal: stopped });
  } else if (json) {
    const document = { decisions: page.decisions.map(decisionJson), next_before: page.next ?? null };
    process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
  } else if (page.decisions.length === 0) {
    process.stdout.write('No recorded decision matches.\n');
  } else {
    const more = page.next === undefined ? '' : pc.dim(`There are more: --before ${page.next}\n`);
    process.stdout.write(tellDecisions(page.decisions, pc, { headings: true }) + more);
  }
}

const lineOfJson = (decision: Parameters<typeof decisionJson>[0]) =>
  `${JSON.stringify(decisionJson(decision))}\n`;

/** Aborted when the process is asked to stop, or nobody reads what it prints any more. */
function untilStopped(): AbortSignal {
  const stopping = new AbortController();
  process.once('SIGINT', () => stopping.abort());
  process.once('SIGTERM', () => stopping.abort());
  process.stdout.once('error', () => stopping.abort());
  return stopping.signal;
}

/** Prints what comes until it is stopped. */
async function follow(
  reader: DecisionReader,
  filter: DecisionFilter,
  { after, json, signal }: { readonly after: number; readonly json: boolean; readonly signal: AbortSignal },
): Promise<void> {
  for await (const decision of followDecisions(reader, filter, { after, pollMs: FOLLOW_POLL_MS, signal })) {
    process.stdout.write(json ? lineOfJson(decision) : tellDecisions([decision], pc, { headings: false }));
  }
}

async function showDecision(id: string, _own: unknown, command: Command): Promise<void> {
  // What stands behind `show` may have been taken for the list’s options, which have the same names.
  const options = command.optsWithGlobals<StoreOptions & { readonly json?: true }>();
  await using reader = await openStore(options);
  const entries = await reader.find(id, new AbortController().signal);
  if (entries.length === 0) throw new Failure('not_found', `There is no decision ${id} in this record.`);
  process.stdout.write(
    options.json ? `${JSON.stringify(entries.map(storedJson), null, 2)}\n` : tellRecord(entries, pc),
  );
}

const storedJson = ({
  seq,
  previousHash,
  hash,
  entry,
}: Awaited<ReturnType<DecisionReader['find']>>[number]) => ({
  seq,
  previous_hash: previousHash,
  hash,
  entry,
});

function filterOf({
  since,
  until,
  latencyOver,
  limit,
  before,
  json,
  follow,
  config,
  dataDir,
  ...conditions
}: ListOptions): DecisionFilter {
  return {
    ...conditions,
    ...(since === undefined ? {} : { sinceMs: since }),
    ...(until === undefined ? {} : { untilMs: until }),
    ...(latencyOver === undefined ? {} : { latencyOverMs: latencyOver }),
  };
}

function numberOf(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value < 0)
    throw new InvalidArgumentError('Give a number.');
  return value;
}
