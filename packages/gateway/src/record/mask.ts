import { createHmac } from 'node:crypto';
import type { Answer, DecisionEntry, Json, JsonObject, MaskStrategy } from '@bailiff/contract';

/** What stands where a masked value was also found elsewhere in the record. */
export const MASKED = '[masked]';

/**
 * Shortest text that is looked for elsewhere in the record. Anything shorter occurs everywhere by chance, and removing it would
 * make the record unreadable without hiding anything.
 */
const SOUGHT_CHARACTERS_MIN = 4;

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
 * JSON Pointers into the input, and how each is masked, whatever the outcome: a refused call carries secrets like any other.
 * Where policy could not say what is secret, every argument is.
 */
export function maskFieldsOf({ metadata }: Answer): Readonly<Record<string, MaskStrategy>> {
  return UNHEARD_ROWS.has(metadata.resolution) ? { '/action/args': 'remove' } : metadata.mask;
}

/**
 * The same parts with the named fields masked, and which fields were. A masked value is also removed from wherever else the
 * call’s content may have carried it: arguments, URI, result, message, alternatives, failures, names that were listed. Facts
 * that the gateway established itself (agent, rules, outcome, times) are never altered by what a value happens to be.
 * `remove` takes the field out, `hash` leaves a keyed hash by which equal values can be told, `partial` the last characters.
 */
export function masked(
  parts: Maskable,
  fields: Readonly<Record<string, MaskStrategy>>,
  key: Uint8Array,
): Maskable & Pick<DecisionEntry, 'masked'> {
  const done: DecisionEntry['masked'] = [];
  const sought = new Set<string>();
  let input = parts.input as JsonObject;
  let principal = parts.principal;
  for (const [path, strategy] of Object.entries(fields).sort(([a], [b]) => deepestFirst(a, b))) {
    const steps = path
      .slice(1)
      .split('/')
      .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
    const value = valueAt(input, steps);
    if (value === undefined) continue;
    for (const leaf of leavesOf(value)) {
      if (leaf.length < SOUGHT_CHARACTERS_MIN) continue;
      sought.add(leaf).add(encodeURIComponent(leaf.toWellFormed())); // as it stands in a URI
    }
    input = replacedAt(input, steps, replacement(value, strategy, key)) as JsonObject;
    done.push({ path, strategy });
    // The principal repeats two fields of the input; policy that masks those means both places.
    const repeated = path === '/agent/id' ? 'agent' : path === '/user/id' ? 'user' : undefined;
    if (repeated !== undefined) {
      principal = { ...principal, [repeated]: replacement(principal[repeated], strategy, key) ?? MASKED };
    }
  }
  if (done.length === 0) return { ...parts, masked: done };
  return {
    ...scrubbed({ ...parts, input: input as DecisionEntry['input'] }, sought),
    principal,
    masked: done,
  };
}

/** A field below another one is masked before it, so that both are found. */
const deepestFirst = (a: string, b: string) => b.split('/').length - a.split('/').length;

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
    value = (value as JsonObject)[step];
  }
  return value;
}

/** A copy with the value at `steps`, which exists, replaced or taken out. An array keeps its length. */
function replacedAt(root: Json, steps: readonly string[], value: Json | undefined): Json | undefined {
  const [step, ...rest] = steps;
  if (step === undefined) return value;
  if (Array.isArray(root)) {
    return root.map((item: Json, index) =>
      String(index) === step ? (replacedAt(item, rest, value) ?? null) : item,
    );
  }
  const entries = Object.entries(root as JsonObject).flatMap(([name, item]): [string, Json][] => {
    if (name !== step) return [[name, item]];
    const replaced = replacedAt(item, rest, value);
    return replaced === undefined ? [] : [[name, replaced]];
  });
  return Object.fromEntries(entries);
}

/** Every text and number below a value, as text. */
function* leavesOf(value: Json): Generator<string> {
  if (typeof value === 'string') yield value;
  else if (typeof value === 'number') yield String(value);
  else if (typeof value === 'object' && value !== null)
    for (const item of Object.values(value)) yield* leavesOf(item);
}

/** Takes the sought values out of everything that the call’s content can reach. */
function scrubbed({ input, answer, principal, list }: Maskable, sought: ReadonlySet<string>): Maskable {
  // The longest first, so that a value inside another one leaves no rest of it.
  const values = [...sought].sort((a, b) => b.length - a.length);
  const scrub: Scrub = <Value>(value: Value): Value => scrubbedValue(value as Json, values) as Value;
  const { action, result, session, ...facts } = input as JsonObject;
  const { metadata } = answer;
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
        ? { message: scrub(answer.message), alternatives: scrub(answer.alternatives) }
        : {}),
      metadata: { ...metadata, failures: scrub(metadata.failures), defaulted: scrub(metadata.defaulted) },
    } as Answer,
    principal,
    list: list === null ? null : { ...list, visible: scrub(list.visible) },
  };
}

/** Names of tools and models are registered, not the caller’s; a resource’s URI may carry a value. */
function scrubbedAction(action: Json, scrub: Scrub): Json {
  const cleaned = scrubbedFields(action, ['args'], scrub);
  if (!isObject(cleaned) || !isObject(cleaned.target) || cleaned.target.kind !== 'resource') return cleaned;
  return { ...cleaned, target: scrubbedFields(cleaned.target, ['id'], scrub) };
}

type Scrub = <Value>(value: Value) => Value;

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A copy in which only the named fields are scrubbed; the whole value where it is no object. */
function scrubbedFields(value: Json, names: readonly string[], scrub: Scrub): Json {
  if (!isObject(value)) return scrub(value);
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, names.includes(name) ? scrub(item) : item]),
  );
}

function scrubbedValue(value: Json, sought: readonly string[]): Json {
  if (typeof value === 'string') return scrubbedText(value, sought);
  if (typeof value === 'number') return sought.includes(String(value)) ? MASKED : value;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item: Json) => scrubbedValue(item, sought));
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [scrubbedText(name, sought), scrubbedValue(item, sought)]),
  );
}

const scrubbedText = (text: string, sought: readonly string[]): string =>
  sought.reduce((rest, value) => rest.replaceAll(value, MASKED), text);
