import { z } from 'zod';

/** A term of Rego as OPA prints its syntax. */
const Term = z.object({ type: z.string(), value: z.unknown() });
export type TraceTerm = z.infer<typeof Term>;

const Place = z.object({ file: z.string(), row: z.int(), col: z.int() });

/** One step of an evaluation, as far as it is used. */
export const TraceEvent = z.object({
  Op: z.string(),
  Node: z.unknown(),
  Location: Place,
  QueryID: z.int(),
  Locals: z
    .array(z.object({ name: z.string(), type: z.string(), value: z.unknown() }))
    .nullish()
    .transform((locals) => locals ?? []),
  LocalMetadata: z
    .record(z.string(), z.object({ name: z.string(), location: Place.partial().nullish() }))
    .nullish()
    .transform((metadata) => metadata ?? {}),
});
export type TraceEvent = z.infer<typeof TraceEvent>;

/** A test as `opa test --var-values --format json` tells of it. */
export const TracedTest = z.object({
  package: z.string(),
  name: z.string(),
  trace: z
    .array(TraceEvent)
    .nullish()
    .transform((trace) => trace ?? []),
  sub_results: z.record(z.string(), z.object({ fail: z.boolean().optional() })).nullish(),
});
export type TracedTest = z.infer<typeof TracedTest>;

/** Levels and entries of a value that are written out. */
const DEPTH_MAX = 12;
const ENTRIES_MAX = 40;

/** A term as Rego writes it, deep and long ones shortened. */
export function textOfTerm(term: unknown, depth = 0): string {
  const parsed = Term.safeParse(term);
  if (!parsed.success || depth > DEPTH_MAX) return '…';
  const { type, value } = parsed.data;
  const inside = (one: unknown) => textOfTerm(one, depth + 1);
  const list = (values: unknown, tell: (one: unknown) => string) => {
    const all = Array.isArray(values) ? values : [];
    return [...all.slice(0, ENTRIES_MAX).map(tell), ...(all.length > ENTRIES_MAX ? ['…'] : [])].join(', ');
  };
  switch (type) {
    case 'string':
    case 'number':
    case 'boolean':
    case 'null':
      return JSON.stringify(value ?? null);
    case 'var':
      return String(value);
    case 'ref':
      return textOfReference(value);
    case 'array':
      return `[${list(value, inside)}]`;
    case 'set':
      return Array.isArray(value) && value.length > 0 ? `{${list(value, inside)}}` : 'set()';
    case 'object':
      return `{${list(value, (pair) => (Array.isArray(pair) ? pair.map(inside).join(': ') : '…'))}}`;
    default:
      return '…';
  }
}

/** As `input.action.args["a b"]`. */
export function textOfReference(elements: unknown): string {
  const terms = Array.isArray(elements) ? elements.map((one) => Term.safeParse(one).data) : [];
  return terms
    .map((term, at) => {
      if (at === 0) return String(term?.value ?? '');
      if (term?.type === 'string' && /^[A-Za-z_]\w*$/.test(String(term.value))) return `.${term.value}`;
      return `[${textOfTerm(term)}]`;
    })
    .join('');
}

/** Terms of an expression: its operator first, then what it works on. */
export function termsOf(node: unknown): readonly TraceTerm[] {
  const { terms } = (node ?? {}) as { readonly terms?: unknown };
  const listed = Array.isArray(terms) ? terms : [terms];
  return listed.flatMap((one) => Term.safeParse(one).data ?? []);
}

export function isNegated(node: unknown): boolean {
  return (node as { readonly negated?: unknown } | null)?.negated === true;
}

/** Whether the compiler made an expression out of a part of one that is written. */
export function isGenerated(node: unknown): boolean {
  return (node as { readonly generated?: unknown } | null)?.generated === true;
}

/** Whether an event is about `every`, whose own body failed before it. */
export function isEvery(node: unknown): boolean {
  const { terms } = (node ?? {}) as { readonly terms?: unknown };
  return typeof terms === 'object' && terms !== null && 'domain' in terms;
}
