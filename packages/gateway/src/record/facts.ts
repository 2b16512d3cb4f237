import type { DecisionEntry, JsonObject, RefusalEntry } from '@bailiff/contract';
import type { DecisionSummary, Dimension, FilterField } from './reader.ts';

/** Most distinct words that one record is found by, and most characters that are read for them. */
const WORDS_MAX = 256;
const TEXT_CHARACTERS_MAX = 16_384;

const WORD = /[\p{L}\p{N}_]+/gu;
/** The same where all is ASCII, as most text is: it finds what `WORD` does in a fraction of the time. */
const ASCII_WORD = /[a-z0-9_]+/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the bounds of ASCII.
const ASCII = /^[\x00-\x7f]*$/;

/** What one record says of itself to whoever lists, searches or counts records. */
export interface EntryFacts {
  readonly summary: Omit<DecisionSummary, 'seq' | 'result'>;
  /** Values by which it is found, `result` apart, which its outcome adds. Empty values are left out. */
  readonly fields: readonly (readonly [FilterField, string])[];
  readonly words: ReadonlySet<string>;
  /** What it is counted under, once each; nothing for a simulated decision. */
  readonly counted: readonly (readonly [Dimension, string])[];
}

/** Reads a stored decision or refusal. Never throws on an input that was itself refused and may have any shape. */
export function factsOf(entry: DecisionEntry | RefusalEntry): EntryFacts {
  return entry.kind === 'decision' ? decisionFacts(entry) : refusalFacts(entry);
}

function decisionFacts(entry: DecisionEntry): EntryFacts {
  const { answer, principal, latency } = entry;
  const { metadata } = answer;
  const input = entry.input as JsonObject;
  const action = objectAt(input.action);
  const server = textOf(action.server);
  const tool = textOf(action.tool);
  const target = textOf(objectAt(action.target).id);
  const team = textOf(objectAt(input.agent).owner_team);
  const conversation = textOf(objectAt(input.context).conversation_id);
  const classes = textsOf(action.data_classes_referenced);
  const fields = new Pairs<FilterField>();
  fields.add('agent', principal.agent);
  fields.add('team', team);
  fields.add('user', principal.user);
  fields.add('conversation', conversation);
  fields.add('server', server);
  fields.add('tool', tool);
  if (target !== tool) fields.add('tool', target);
  fields.add('outcome', answer.outcome);
  fields.add('policyVersion', metadata.policy_version);
  fields.addEach('rule', [...metadata.matched_rules, ...metadata.watched_rules]);
  fields.addEach('reason', answer.reasons);
  fields.addEach('dataClass', classes);
  fields.addEach('override', overridesUsed(answer));
  const message = answer.outcome === 'allow' ? '' : answer.message;
  return {
    summary: {
      decisionId: entry.decision_id,
      atMs: Date.parse(entry.at),
      agent: principal.agent,
      user: principal.user,
      server,
      target,
      outcome: answer.outcome,
      reasons: answer.reasons,
      latencyMs: latency.context_ms + latency.decision_ms,
      policyVersion: metadata.policy_version,
      isList: entry.list !== null,
      simulated: metadata.simulated,
    },
    fields: fields.pairs,
    words: wordsOf([target, message, ...metadata.rules.map(({ title }) => title), ...leavesOf(action.args)]),
    counted: metadata.simulated ? [] : countedUnder(entry, { team, server, tool, classes }),
  };
}

function countedUnder(
  { answer, principal, list }: DecisionEntry,
  of: {
    readonly team: string;
    readonly server: string;
    readonly tool: string;
    readonly classes: readonly string[];
  },
): EntryFacts['counted'] {
  const { metadata } = answer;
  // A list is asked for again and again and is nearly always allowed: among decisions it would hide how many are denied.
  if (list !== null) return [['list', principal.agent]];
  const counted = new Pairs<Dimension>();
  counted.add('agent', principal.agent);
  counted.add('team', of.team);
  counted.add('server', of.server);
  counted.add('tool', of.tool);
  counted.add('policy_version', metadata.policy_version);
  counted.addEach('rule', metadata.matched_rules);
  counted.addEach('watched_rule', metadata.watched_rules);
  counted.addEach('reason', answer.reasons);
  counted.addEach(
    'bundle',
    metadata.matched_rules.map((rule) => rule.slice(0, rule.lastIndexOf('.'))),
  );
  counted.addEach('data_class', of.classes);
  const used = overridesUsed(answer);
  counted.addEach('override', used);
  if (used.length > 0) counted.add('overrides_used', String(used.length));
  return counted.pairs;
}

/** Overrides that lifted an objection of the call, whatever else stood in its way. */
function overridesUsed({ metadata }: DecisionEntry['answer']): string[] {
  return metadata.overrides.filter(({ status }) => status === 'used').map(({ id }) => id);
}

function refusalFacts(entry: RefusalEntry): EntryFacts {
  const { principal, failure } = entry;
  const fields = new Pairs<FilterField>();
  fields.add('agent', principal.agent);
  fields.add('user', principal.user);
  fields.add('outcome', 'refused');
  fields.add('reason', failure);
  return {
    summary: {
      decisionId: entry.decision_id,
      atMs: Date.parse(entry.at),
      agent: principal.agent,
      user: principal.user,
      server: '',
      target: entry.route,
      outcome: 'refused',
      reasons: [failure],
      latencyMs: 0,
      policyVersion: '',
      isList: false,
      simulated: false,
    },
    fields: fields.pairs,
    words: wordsOf([entry.route, entry.detail]),
    counted: [['reason', failure]],
  };
}

/** The words that a text is found by: runs of letters, digits and `_`, in lower case and compatibility form. */
export function wordsOf(texts: Iterable<string>): Set<string> {
  const words = new Set<string>();
  let characters = 0;
  for (const text of texts) {
    const read = text.slice(0, TEXT_CHARACTERS_MAX - characters);
    characters += read.length;
    const found = ASCII.test(read)
      ? read.toLowerCase().match(ASCII_WORD)
      : read.normalize('NFKC').toLowerCase().match(WORD);
    for (const word of found ?? []) {
      if (words.size >= WORDS_MAX) return words;
      words.add(word);
    }
    if (characters >= TEXT_CHARACTERS_MAX) return words;
  }
  return words;
}

/** Names with their values; a value that is empty, or that a list repeats, is left out. */
class Pairs<Name extends string> {
  readonly pairs: (readonly [Name, string])[] = [];

  add(name: Name, value: string): void {
    if (value !== '') this.pairs.push([name, value]);
  }

  addEach(name: Name, values: readonly string[]): void {
    for (const [index, value] of values.entries()) if (values.indexOf(value) === index) this.add(name, value);
  }
}

const objectAt = (value: unknown): JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
const textsOf = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];

/** Every string and number below a value, in document order. */
function* leavesOf(value: unknown): Generator<string> {
  if (typeof value === 'string') yield value;
  else if (typeof value === 'number') yield String(value);
  else if (typeof value === 'object' && value !== null)
    for (const item of Object.values(value)) yield* leavesOf(item);
}
