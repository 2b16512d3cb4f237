import { Failure } from '@bailiff/contract';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { wordsOf } from '../../record/facts.ts';
import { type DecisionFilter, FILTER_FIELDS, type FilterField } from '../../record/reader.ts';
import { momentOf } from './moment.ts';

const OUTCOMES = ['allow', 'deny', 'approval_required', 'refused'];
const RESULTS = ['forwarded', 'answered', 'refused', 'held', 'failed', 'unknown'];

/** Longest condition, in UTF-16 units. */
const VALUE_CHARACTERS_MAX = 512;

/** Which records a command was asked for. Conditions carry the names of the filter. */
export interface FilterOptions extends Partial<Record<FilterField, string>> {
  readonly since?: number;
  readonly until?: number;
  readonly latencyOver?: number;
  readonly text?: string;
}

/** The options by which a command is told which records it is about. */
export function withFilterOptions(command: Command): Command {
  return command
    .option('--since <when>', 'from then on: 15m, 1h, 7d ago, or a time', (text) => momentOf(text))
    .option('--until <when>', 'before then', (text) => momentOf(text))
    .option('--agent <id>', 'of this agent', conditionOf)
    .option('--team <team>', 'of agents that this team owns', conditionOf)
    .option('--user <id>', 'on behalf of this user', conditionOf)
    .option('--conversation <id>', 'of this conversation', conditionOf)
    .option('--server <name>', 'to this server', conditionOf)
    .option(
      '--tool <id>',
      'of this tool, or of the resource, prompt, model or subagent with this id',
      conditionOf,
    )
    .option('--rule <id>', 'in which this rule matched, watched rules included', conditionOf)
    .option('--reason <code>', 'with this reason', conditionOf)
    .addOption(new Option('--outcome <outcome>', 'so decided; refused: before a decision').choices(OUTCOMES))
    .addOption(
      new Option('--result <result>', 'of which this became; unknown: a former run ended first').choices(
        RESULTS,
      ),
    )
    .option('--policy-version <version>', 'decided by this release', conditionOf)
    .option('--data-class <class>', 'touching this data class', conditionOf)
    .option('--override <id>', 'in which this override lifted an objection', conditionOf)
    .option('--latency-over <ms>', 'whose context and decision took at least this long', numberOf)
    .option(
      '--text <words>',
      'with all these words in arguments, target, message or titles of rules',
      wordsIn,
    );
}

/** The filter that a command was told. @throws Failure `bad_request` where no time can be meant. */
export function filterOf(options: FilterOptions): DecisionFilter {
  const { since, until, latencyOver, text } = options;
  if (since !== undefined && until !== undefined && until <= since)
    throw new Failure('bad_request', '--until is not after --since.');
  const conditions = FILTER_FIELDS.flatMap((field) =>
    options[field] === undefined ? [] : [[field, options[field]]],
  );
  return {
    ...Object.fromEntries(conditions),
    ...(text === undefined ? {} : { text }),
    ...(since === undefined ? {} : { sinceMs: since }),
    ...(until === undefined ? {} : { untilMs: until }),
    ...(latencyOver === undefined ? {} : { latencyOverMs: latencyOver }),
  };
}

function conditionOf(text: string): string {
  if (text === '' || text.length > VALUE_CHARACTERS_MAX)
    throw new InvalidArgumentError(`Give from 1 to ${VALUE_CHARACTERS_MAX} characters.`);
  return text;
}

function wordsIn(text: string): string {
  if (wordsOf([text]).size === 0) throw new InvalidArgumentError('Give at least one word.');
  return conditionOf(text);
}

function numberOf(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value < 0)
    throw new InvalidArgumentError('Give a number.');
  return value;
}
