import type { z } from 'zod';

/** One thing that keeps a request from being answered: where, what, and how to mend it. Never holds values. */
export interface Fault {
  /** Dotted, as `action.tool`; empty for the whole document. */
  readonly path: string;
  readonly problem: string;
  readonly mend: string;
}

/** Most faults that one answer names. */
export const FAULTS_MAX = 20;
/** Most characters of a client’s own key that are told back to it. */
const KEY_CHARACTERS_MAX = 64;

/** What does not fit the schema, field by field; the mends are the schema’s own descriptions. */
export function faultsOf(error: z.ZodError, schema: z.ZodType): Fault[] {
  return error.issues.flatMap((issue) => faultsOfIssue(issue, schema)).slice(0, FAULTS_MAX);
}

function faultsOfIssue(issue: z.core.$ZodIssue, schema: z.ZodType): Fault[] {
  const path = issue.path.map((segment) => shown(String(segment))).join('.');
  const place = schemaAt(schema, issue.path);
  if (issue.code === 'unrecognized_keys') {
    const known = Object.keys(place.fields ?? {});
    const mend = known.length === 0 ? 'Leave it out.' : `Known here: ${known.join(', ')}.`;
    return issue.keys.slice(0, FAULTS_MAX).map((key) => ({
      path: [path, shown(key)].filter((part) => part !== '').join('.'),
      problem: 'is not known',
      mend,
    }));
  }
  return [{ path, problem: problemOf(issue), mend: place.description ?? 'Correct it, or leave it out.' }];
}

/** Zod’s issues name types, bounds and permitted values; none of these is the value that was given. */
function problemOf(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.message.endsWith('received undefined')
        ? 'is missing'
        : `must be ${article(issue.expected)}`;
    case 'invalid_value':
      return `must be ${issue.values.map((value) => JSON.stringify(value)).join(', ')}`.replace(
        /, ([^,]*)$/,
        ' or $1',
      );
    case 'too_big':
      return `is beyond ${issue.maximum}`;
    case 'too_small':
      return `is below ${issue.minimum}`;
    default:
      return 'has the wrong form';
  }
}

function article(type: string): string {
  if (type === 'int') return 'a whole number';
  return /^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`;
}

interface Place {
  readonly description: string | undefined;
  readonly fields: Readonly<Record<string, unknown>> | undefined;
}

/** What the schema says at a path: its description, and its fields where it is an object. */
function schemaAt(schema: unknown, path: readonly PropertyKey[]): Place {
  const description =
    isKeyed(schema) && typeof schema.description === 'string' ? schema.description : undefined;
  const inner = unwrapped(schema);
  const fields = isKeyed(inner) && isKeyed(inner.shape) ? inner.shape : undefined;
  const [key, ...rest] = path;
  if (key === undefined) return { description, fields };
  const below = fields !== undefined && Object.hasOwn(fields, key) ? fields[String(key)] : undefined;
  return below === undefined ? { description, fields: undefined } : schemaAt(below, rest);
}

/** Without `optional` and `nullable` around it. */
function unwrapped(schema: unknown): unknown {
  return isKeyed(schema) && typeof schema.unwrap === 'function' ? unwrapped(schema.unwrap()) : schema;
}

function isKeyed(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

/** A client’s own key, cut and without control or invisible characters. */
function shown(key: string): string {
  return key.slice(0, KEY_CHARACTERS_MAX).replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '\u{FFFD}');
}
