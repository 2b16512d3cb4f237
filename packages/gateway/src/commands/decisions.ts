import { Failure } from '@bailiff/contract';
import { Command, InvalidArgumentError } from 'commander';
import pc from 'picocolors';
import { followDecisions } from '../record/follow.ts';
import type { DecisionFilter, DecisionReader, DecisionSummary } from '../record/reader.ts';
import { type FilterOptions, filterOf, withFilterOptions } from './record/decision-filter.ts';
import { openStore, type StoreOptions, withStoreOptions } from './record/store.ts';
import { decisionJson, decisionsAsTheyCome, tellDecisions } from './record/tell-decisions.ts';
import { tellRecord } from './record/tell-record.ts';

const LIMIT_DEFAULT = 20;
const LIMIT_MAX = 500;
const FOLLOW_POLL_MS = 250;

/** What the command was asked for. */
interface ListOptions extends StoreOptions, FilterOptions {
  readonly limit: number;
  readonly before?: number;
  readonly json?: true;
  readonly follow?: true;
}

/** `bailiff decisions`: lists what was decided, newest first, by any conditions; `show <id>` tells one in full. */
export function decisionsCommand(): Command {
  const list = withFilterOptions(
    withStoreOptions(new Command('decisions').description('List recorded decisions, newest first.')),
  )
    .option('--limit <number>', `at most this many, up to ${LIMIT_MAX}`, limitOf, LIMIT_DEFAULT)
    .option('--before <seq>', 'continue where another page ended', wholeNumberOf)
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
  const filter = filterOf(options);
  await using reader = await openStore(options);
  const { signal } = new AbortController();
  const { limit, before, json } = options;
  const page = await reader.page(filter, { limit, ...(before === undefined ? {} : { before }) }, signal);
  if (options.follow) {
    const stopped = untilStopped(); // before anything is printed: whoever has read a line may stop it
    const tell = json ? linesOfJson : decisionsAsTheyCome(pc);
    process.stdout.write(tell(page.decisions.toReversed()));
    await follow(reader, filter, { after: page.searchedTo, tell, signal: stopped });
  } else if (json) {
    const document = { decisions: page.decisions.map(decisionJson), next_before: page.next ?? null };
    process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
  } else if (page.decisions.length === 0) {
    process.stdout.write('No recorded decision matches.\n');
  } else {
    const more = page.next === undefined ? '' : pc.dim(`There are more: --before ${page.next}\n`);
    process.stdout.write(tellDecisions(page.decisions, pc) + more);
  }
}

const linesOfJson = (decisions: readonly DecisionSummary[]) =>
  decisions.map((decision) => `${JSON.stringify(decisionJson(decision))}\n`).join('');

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
  {
    after,
    tell,
    signal,
  }: {
    readonly after: number;
    readonly tell: (decisions: readonly DecisionSummary[]) => string;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  for await (const decision of followDecisions(reader, filter, { after, pollMs: FOLLOW_POLL_MS, signal })) {
    process.stdout.write(tell([decision]));
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

function wholeNumberOf(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('Give a whole number.');
  return Number(text);
}

function limitOf(text: string): number {
  const limit = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (limit < 1 || limit > LIMIT_MAX)
    throw new InvalidArgumentError(`Give a whole number from 1 to ${LIMIT_MAX}.`);
  return limit;
}
