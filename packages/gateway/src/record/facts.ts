import type { DecisionEntry, JsonObject, RefusalEntry } from '@bailiff/contract';
import type { DecisionSummary, Dimension, FilterField } from './reader.ts';

/** Most distinct words that one record is found by, and most characters that are read for them. */
const WORDS_MAX = 256;
const TEXT_CHARACTERS_MAX = 16_384;

const WORD = /[\p{L}\p{N}_]+/gu;

/** What one record says of itself to whoever lists, searches or counts records. */
export interface EntryFacts {
  readonly summary: Omit<DecisionSummary, 'seq' | 'result'>;
  /** Values by which it is found, `result` apart, which its outcome adds. Empty values are left out. */
  readonly fields: readonly (readonly [Exclude<FilterField, 'result'>, string])[];
  readonly words: ReadonlySet<string>;
  /** What it is counted under, once each; nothing for a simulated decision. */
  readonly counted: readonly (readonly [Exclude<Dimension, 'result'>, string])[];
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
  const fields = [
    ['agent', principal.agent],
    ['team', team],
    ['user', principal.user],
    ['conversation', conversation],
    ['server', server],
    ['tool', tool],
    ['tool', target === tool ? '' : target],
    ['outcome', answer.outcome],
    ['policyVersion', metadata.policy_version],
    ...each('rule', new Set([...metadata.matched_rules, ...metadata.watched_rules])),
    ...each('reason', new Set(answer.reasons)),
    ...each('dataClass', new Set(classes)),
  ] as const;
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
    fields: fields.filter(([, value]) => value !== ''),
    words: wordsOf([target, message, ...metadata.rules.map(({ title }) => title), ...leavesOf(action.args)]),
    counted: metadata.simulated ? [] : countedUnder(entry, { team, server, tool, classes }),
  };
}

function countedUnder(
  { answer, principal }: DecisionEntry,
  of: {
    readonly team: string;
    readonly server: string;
    readonly tool: string;
    readonly classes: readonly string[];
  },
): EntryFacts['counted'] {
  const { metadata } = answer;
  const bundles = new Set(metadata.matched_rules.map((rule) => rule.slice(0, rule.lastIndexOf('.'))));
  const counted = [
    ['agent', principal.agent],
    ['team', of.team],
    ['server', of.server],
    ['tool', of.tool],
    ['policy_version', metadata.policy_version],
    ...each('rule', new Set(metadata.matched_rules)),
    ...each('watched_rule', new Set(metadata.watched_rules)),
    ...each('reason', new Set(answer.reasons)),
    ...each('bundle', bundles),
    ...each('data_class', new Set(of.classes)),
  ] as const;
  return counted.filter(([, value]) => value !== '');
}

function refusalFacts(entry: RefusalEntry): EntryFacts {
  const { principal, failure } = entry;
  const fields = [
    ['agent', principal.agent],
    ['user', principal.user],
    ['outcome', 'refused'],
    ['reason', failure],
  ] as const;
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
    fields: fields.filter(([, value]) => value !== ''),
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
    for (const word of read.normalize('NFKC').toLowerCase().match(WORD) ?? []) {
      if (words.size >= WORDS_MAX) return words;
      words.add(word);
    }
    if (characters >= TEXT_CHARACTERS_MAX) return words;
  }
  return words;
}

const each = <Name extends string>(name: Name, values: Iterable<string>) =>
  Array.from(values, (value) => [name, value] as const);

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
