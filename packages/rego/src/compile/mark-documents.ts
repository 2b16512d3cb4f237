import type { Block, Operand, PlannedFunction, Statement } from '../plan/plan.ts';
import { blocksOf, everyStatement, withBlocks } from '../plan/walk.ts';
import { termText } from '../values/term-text.ts';
import type { Value } from '../values/value.ts';

/**
 * Notes which insertions give a document of its own its value: of `q[1] := 2` that is `q[1]`, and two values of it are
 * a conflict of a rule; `q[x] := 2` is a part of `q`, where they are a conflict of keys.
 */
export function markDocuments(planned: PlannedFunction, path: string): PlannedFunction {
  const literals = new Map<number, Value>();
  const paths = new Map<number, string | undefined>([[planned.result, path]]);
  const below = (target: number, key: Operand): string | undefined => {
    const value = key.kind === 'constant' ? key.value : literals.get(key.local);
    const start = paths.get(target);
    return start === undefined || value === undefined ? undefined : `${start}${keyText(value)}`;
  };
  for (const statement of everyStatement(planned.blocks)) {
    if (statement.kind === 'assign' && statement.isLiteral && statement.source.kind === 'constant') {
      literals.set(statement.target, statement.source.value);
    } else if (
      statement.kind === 'dot' &&
      statement.source.kind === 'local' &&
      paths.has(statement.source.local)
    ) {
      paths.set(statement.target, below(statement.source.local, statement.key));
    }
  }
  const mark = (statement: Statement): Statement => {
    const document = statement.kind === 'insert_once' ? below(statement.target, statement.key) : undefined;
    const marked = document === undefined ? statement : { ...statement, document };
    return withBlocks(marked as Statement, blocksOf(statement).map(markBlock));
  };
  const markBlock = (block: Block): Block => ({ statements: block.statements.map(mark) });
  return { ...planned, blocks: planned.blocks.map(markBlock) };
}

function keyText(key: Value): string {
  return typeof key === 'string' && /^[A-Za-z_]\w*$/.test(key) ? `.${key}` : `[${termText(key)}]`;
}
