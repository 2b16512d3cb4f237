import { type Builtin, type BuiltinContext, BuiltinError } from '../builtins/builtin.ts';
import { NotRepresentableError } from '../builtins/encodings/utf8.ts';
import type { Plan, StatementOf } from './plan.ts';
import { everyStatement } from './walk.ts';

/** Built-ins that make strings of bytes. */
const DECODERS: ReadonlySet<string> = new Set([
  'base64.decode',
  'base64url.decode',
  'hex.decode',
  'urlquery.decode',
  'urlquery.decode_object',
]);

const CONTEXT: BuiltinContext = {
  nowNs: 0n,
  seed: new Uint8Array(),
  kept: new Map(),
  checkLimits: () => undefined,
};

/**
 * What a plan asks of built-ins that they could only fail on: to decode a constant of bytes that are not UTF-8, which no
 * value holds. Sorted, each once.
 */
export function unheldLiterals(
  { entrypoints, functions }: Pick<Plan, 'entrypoints' | 'functions'>,
  builtinOf: (name: string) => Builtin | undefined,
): readonly string[] {
  const names = new Set<string>();
  for (const { blocks } of [...entrypoints, ...functions]) {
    for (const statement of everyStatement(blocks)) {
      if (statement.kind !== 'call' || !DECODERS.has(statement.name)) continue;
      if (isUnheld(statement, builtinOf(statement.name)))
        names.add(`${statement.name} of bytes that are not UTF-8`);
    }
  }
  return [...names].sort();
}

function isUnheld({ operands }: StatementOf<'call'>, builtin: Builtin | undefined): boolean {
  const constants = operands.flatMap((operand) => (operand.kind === 'constant' ? [operand.value] : []));
  if (builtin === undefined || constants.length < operands.length) return false;
  try {
    builtin(CONTEXT, ...(constants as never[]));
    return false;
  } catch (error) {
    if (error instanceof BuiltinError) return false;
    if (error instanceof NotRepresentableError) return true;
    throw error;
  }
}
