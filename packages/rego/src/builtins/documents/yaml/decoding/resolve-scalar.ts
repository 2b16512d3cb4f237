import { NotRepresentableError } from '../../../encodings/utf8.ts';
import { shortTag } from '../reading/yaml-node.ts';
import { YamlError } from '../reading/yaml-source.ts';
import { isTimestamp } from './timestamp.ts';

/** What a scalar's text stands for: an integer is a bigint, any other number a number. */
export type Scalar = null | boolean | string | number | bigint;

/** A scalar with its tag. */
export interface Resolved {
  readonly tag: string;
  readonly value: Scalar;
}

const WORDS: ReadonlyMap<string, Resolved> = new Map(
  (
    [
      ['!!bool', true, ['true', 'True', 'TRUE']],
      ['!!bool', false, ['false', 'False', 'FALSE']],
      ['!!null', null, ['', '~', 'null', 'Null', 'NULL']],
      ['!!float', Number.NaN, ['.nan', '.NaN', '.NAN']],
      ['!!float', Number.POSITIVE_INFINITY, ['.inf', '.Inf', '.INF', '+.inf', '+.Inf', '+.INF']],
      ['!!float', Number.NEGATIVE_INFINITY, ['-.inf', '-.Inf', '-.INF']],
    ] as const
  ).flatMap(([tag, value, words]) => words.map((word) => [word, { tag, value }] as const)),
);

const RESOLVABLE: ReadonlySet<string> = new Set([
  '',
  '!!str',
  '!!bool',
  '!!int',
  '!!float',
  '!!null',
  '!!timestamp',
]);

const FLOAT = /^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?$/;
/** Here underscores are as Go has them: between digits. */
const POINT_FLOAT = /^\.\d+(?:_\d+)*(?:[eE][-+]?\d+(?:_\d+)*)?$/;

const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;
const UINT64_MAX = 2n ** 64n - 1n;

/**
 * What a text stands for under a tag, `''` where none is given (`yaml.v3`'s `resolve`).
 * @throws {YamlError} when the text is nothing of that tag.
 * @throws {NotRepresentableError} for a timestamp that is asked for by its tag.
 */
export function resolveScalar(tag: string, text: string): Resolved {
  const wanted = shortTag(tag);
  if (!RESOLVABLE.has(wanted)) return { tag: wanted, value: text };
  const resolved = wanted === '!!str' ? { tag: '!!str', value: text } : guess(wanted, text);
  if (wanted === '' || wanted === resolved.tag) return resolved;
  if (wanted === '!!float' && typeof resolved.value === 'bigint' && resolved.value <= INT64_MAX) {
    return { tag: '!!float', value: Number(resolved.value) };
  }
  throw new YamlError(`yaml: cannot decode ${resolved.tag} \`${text}\` as a ${wanted}`);
}

function guess(wanted: string, text: string): Resolved {
  const asText = { tag: '!!str', value: text };
  if (text !== '' && !/^[-+\dyYnNtTfFoO~.]/.test(text)) return asText;
  const word = WORDS.get(text);
  if (word !== undefined) return word;
  if (text.startsWith('.')) {
    return POINT_FLOAT.test(text) ? (floatOf(text.replaceAll('_', '')) ?? asText) : asText;
  }
  if (!/^[-+\d]/.test(text)) return asText;
  if ((wanted === '' || wanted === '!!timestamp') && isTimestamp(text)) {
    if (wanted === '!!timestamp') throw new NotRepresentableError('not representable: a YAML timestamp');
    return { tag: '!!timestamp', value: text };
  }
  return numberOfText(text.replaceAll('_', '')) ?? asText;
}

function numberOfText(plain: string): Resolved | undefined {
  const integer = integerOf(plain);
  if (integer !== undefined) return { tag: '!!int', value: integer };
  const float = FLOAT.test(plain) ? floatOf(plain) : undefined;
  return float ?? prefixedInteger(plain);
}

function floatOf(text: string): Resolved | undefined {
  const value = Number(text);
  return Number.isFinite(value) ? { tag: '!!float', value } : undefined;
}

/** An integer as Go writes it in a program: `0x1F`, `0b1`, `0o7`, `017`. */
function integerOf(text: string): bigint | undefined {
  const match = /^([-+]?)(0[xX][\da-fA-F]+|0[bB][01]+|0[oO][0-7]+|0[0-7]*|[1-9]\d*)$/.exec(text);
  if (match === null) return undefined;
  const [, sign = '', digits = ''] = match;
  const magnitude = BigInt(/^0\d/.test(digits) ? `0o${digits.slice(1)}` : digits);
  return withinInt64(sign, magnitude);
}

/** A sign after the prefix is read too. */
function prefixedInteger(text: string): Resolved | undefined {
  const match = /^(?:0(b[-+]?[01]+|o[-+]?[0-7]+)|(-)0(b[01]+|o[0-7]+))$/.exec(text);
  if (match === null) return undefined;
  const [, own, minus, negated = ''] = match;
  const body = own ?? negated;
  const sign = minus ?? (/^.[-+]/.test(body) ? body.charAt(1) : '');
  const value = withinInt64(sign, BigInt(`0${body.charAt(0)}${body.slice(1).replace(/^[-+]/, '')}`));
  return value === undefined ? undefined : { tag: '!!int', value };
}

/** With a sign 64 bits hold less. */
function withinInt64(sign: string, magnitude: bigint): bigint | undefined {
  const value = sign === '-' ? -magnitude : magnitude;
  if (value < INT64_MIN || value > UINT64_MAX) return undefined;
  return sign !== '' && value > INT64_MAX ? undefined : value;
}
