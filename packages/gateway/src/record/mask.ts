import { createHmac } from 'node:crypto';
import type { Answer, DecisionEntry, Json, JsonObject, MaskStrategy } from '@bailiff/contract';

/** What stands where a masked value was also found elsewhere in the record. */
export const MASKED = '[masked]';

/**
 * Shortest text that is looked for elsewhere in the record. Anything shorter occurs everywhere by chance, and
 * removing it would make the record unreadable without hiding anything.
 */
const SOUGHT_CHARACTERS_MIN = 4;

/** Most values that are sought in the arguments; where there are more, the arguments are taken out whole. */
const SOUGHT_MAX = 64;

/**
 * Most work that seeking may be: passes, one for each value and one more, × cost of the texts. It bounds how long one
 * call can hold up all others, whatever its arguments are: three values are still sought in nearly 4 MB of text.
 */
export const SEEKING_WORK_MAX = 16 * 1_048_576;

/** A text costs its length, and this much for being looked at. */
const TEXT_COST = 16;

const ARGUMENTS = '/action/args';

/** Hexadecimal digits of a keyed hash that are kept: 128 bits. */
const HASH_DIGITS = 32;

/** `partial` shows this many last characters of a text at least this long, and none of a shorter one. */
const PARTIAL_SHOWN = 4;
const PARTIAL_CHARACTERS_MIN = 12;

/** The parts of an entry that a caller’s values can reach. */
type Maskable = Pick<DecisionEntry, 'input' | 'answer' | 'principal' | 'list'>;

/** Rows of the table on which some rule was not heard or not understood: what it would have masked is not known. */
const UNHEARD_ROWS: ReadonlySet<number> = new Set([1, 5]);

/**
 * JSON Pointers into the input, and how each is masked, whatever the outcome: a refused call carries secrets like any
 * other. Where policy could not say all that is secret, every argument is too.
 */
export function maskFieldsOf({ metadata }: Answer): Readonly<Record<string, MaskStrategy>> {
  return UNHEARD_ROWS.has(metadata.resolution) ? { ...metadata.mask, [ARGUMENTS]: 'remove' } : metadata.mask;
}

/**
 * The same parts with the named fields masked, and which fields were. A masked value is also removed from wherever
 * else the call’s content may have carried it: arguments, URI, result, message, alternatives, failures, names that
 * were listed. Facts that the gateway established itself (agent, rules, outcome, times) are never altered by what a
 * value happens to be. Where looking for the values would cost too much, `/action/args` is removed whole and listed
 * so; and where it would cost too much even in what remains, each such text is replaced whole. `remove` takes the
 * field out, `hash` leaves a keyed hash by which equal values can be told, `partial` the last characters.
 */
export function masked(
  parts: Maskable,
  fields: Readonly<Record<string, MaskStrategy>>,
  key: Uint8Array,
): Maskable & Pick<DecisionEntry, 'masked'> {
  if (Object.keys(fields).length === 0) return { ...parts, masked: [] };
  const done: DecisionEntry['masked'] = [];
  const sought = new Set<string>();
  const input = structuredClone(parts.input) as JsonObject;
  let principal = parts.principal;
  const mask = (path: string, strategy: MaskStrategy) => {
    const steps = stepsOf(path);
    const value = valueAt(input, steps);
    if (value === undefined) return;
    for (const leaf of leavesOf(value)) {
      if (leaf.length < SOUGHT_CHARACTERS_MIN) continue;
      sought.add(leaf).add(encodeURIComponent(leaf.toWellFormed())); // as it stands in a URI
    }
    replaceAt(input, steps, replacement(value, strategy, key));
    done.push({ path, strategy });
    // The principal repeats two fields of the input; policy that masks those means both places.
    const repeated = path === '/agent/id' ? 'agent' : path === '/user/id' ? 'user' : undefined;
    if (repeated !== undefined) {
      principal = { ...principal, [repeated]: replacement(principal[repeated], strategy, key) ?? MASKED };
    }
  };
  for (const [path, strategy] of Object.entries(fields).sort(([a], [b]) => deepestFirst(a, b)))
    mask(path, strategy);
  if (done.length === 0) return { ...parts, masked: done };
  // The longest first, so that a value inside another one leaves no rest of it.
  const values = [...sought].sort((a, b) => b.length - a.length);
  const current = () => ({ ...parts, principal, input: input as DecisionEntry['input'] });
  const isSeekable = () => (values.length + 1) * costOf(current()) <= SEEKING_WORK_MAX; // once more to mark what was found
  if (values.length > SOUGHT_MAX || !isSeekable()) {
    const steps = stepsOf(ARGUMENTS);
    if (valueAt(input, steps) !== undefined && !done.some(({ path }) => path === ARGUMENTS)) {
      replaceAt(input, steps, undefined);
      done.push({ path: ARGUMENTS, strategy: 'remove' });
    }
  }
  const scrubText: ScrubText = isSeekable() ? (text) => withoutValues(text, values) : () => MASKED;
  return { ...scrubbed(current(), scrubText), masked: done };
}

/** A field below another one is masked before it, so that both are found. */
const deepestFirst = (a: string, b: string) => b.split('/').length - a.split('/').length;

/** The names that a JSON Pointer goes through. */
const stepsOf = (path: string): string[] =>
  path
    .slice(1)
    .split('/')
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));

function replacement(value: Json, strategy: MaskStrategy, key: Uint8Array): string | undefined {
  if (strategy === 'remove') return undefined;
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  if (strategy === 'hash') {
    return `hmac-sha256:${createHmac('sha256', key).update(text).digest('hex').slice(0, HASH_DIGITS)}`;
  }
  if (typeof value === 'object' || text.length < PARTIAL_CHARACTERS_MIN) return '***';
  return `***${text.slice(-PARTIAL_SHOWN)}`;
}

function valueAt(root: Json, steps: readonly string[]): Json | undefined {
  let value: Json | undefined = root;
  for (const step of steps) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    if (Array.isArray(value) && step === 'length') return undefined; // its own, yet no item
    value = (value as JsonObject)[step];
  }
  return value;
}

/** Replaces the value at `steps`, which exists, or takes it out where there is none. An array keeps its length. */
function replaceAt(root: Json, steps: readonly string[], value: Json | undefined): void {
  const parent = valueAt(root, steps.slice(0, -1)) as Record<string, Json>;
  const name = steps.at(-1) ?? '';
  if (value !== undefined) parent[name] = value;
  else if (Array.isArray(parent)) parent[Number(name)] = null;
  else delete parent[name];
}

/** Every text and number below a value, as text. */
function* leavesOf(value: Json): Generator<string> {
  if (typeof value === 'string') yield value;
  else if (typeof value === 'number') yield String(value);
  else if (typeof value === 'object' && value !== null)
    for (const item of Object.values(value)) yield* leavesOf(item);
}

type ScrubText = (text: string) => string;
type Scrub = <Value>(value: Value) => Value;

/** Every text that the call’s content can reach, as `scrubText` makes it. */
function scrubbed({ input, answer, principal, list }: Maskable, scrubText: ScrubText): Maskable {
  const scrub: Scrub = <Value>(value: Value): Value => scrubbedValue(value as Json, scrubText) as Value;
  const { action, result, session, ...facts } = input as JsonObject;
  const { metadata } = answer;
  const failures = metadata.failures.map(({ kind, subject }) => ({ kind, subject: scrub(subject) }));
  return {
    input: {
      ...facts,
      ...(action === undefined ? {} : { action: scrubbedAction(action, scrub) }),
      ...(result === undefined ? {} : { result: scrub(result) }),
      ...(session === undefined
        ? {}
        : { session: scrubbedFields(session, ['client_name', 'client_version'], scrub) }),
    },
    answer: {
      ...answer,
      ...('message' in answer
        ? {
            message: scrub(answer.message),
            alternatives: answer.alternatives.map(({ change, verified }) => ({
              change: scrub(change),
              verified,
            })),
          }
        : {}),
      metadata: { ...metadata, failures, defaulted: scrub(metadata.defaulted) },
    } as Answer,
    principal,
    list: list === null ? null : { ...list, visible: scrub(list.visible) },
  };
}

/** What looking for one value everywhere costs. */
function costOf(parts: Maskable): number {
  let cost = 0;
  scrubbed(parts, (text) => {
    cost += text.length + TEXT_COST;
    return text;
  });
  return cost;
}

/** Names of tools and models are registered, not the caller’s; a resource’s URI may carry a value. */
function scrubbedAction(action: Json, scrub: Scrub): Json {
  const cleaned = scrubbedFields(action, ['args'], scrub);
  if (!isObject(cleaned) || !isObject(cleaned.target) || cleaned.target.kind !== 'resource') return cleaned;
  return { ...cleaned, target: scrubbedFields(cleaned.target, ['id'], scrub) };
}

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A copy in which only the named fields are scrubbed; the whole value where it is no object. */
function scrubbedFields(value: Json, names: readonly string[], scrub: Scrub): Json {
  if (!isObject(value)) return scrub(value);
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, names.includes(name) ? scrub(item) : item]),
  );
}

function scrubbedValue(value: Json, scrubText: ScrubText): Json {
  if (typeof value === 'string') return scrubText(value);
  if (typeof value === 'number') return scrubText(String(value)) === MASKED ? MASKED : value;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item: Json) => scrubbedValue(item, scrubText));
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [scrubText(name), scrubbedValue(item, scrubText)]),
  );
}

/**
 * Half of a surrogate pair: no text that was read has one, and it is shorter than any value, so that texts never grow
 * meanwhile.
 */
const HOLE = '\ud800';

const withoutValues = (text: string, values: readonly string[]): string =>
  values.reduce((rest, value) => rest.replaceAll(value, HOLE), text).replaceAll(HOLE, MASKED);
