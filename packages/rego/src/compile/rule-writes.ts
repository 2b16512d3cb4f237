import type { Block, PlannedFunction, Statement } from '../plan/plan.ts';
import { everyStatement, mentionsOf } from '../plan/walk.ts';
import { equal } from '../values/collections.ts';
import type { Value } from '../values/value.ts';

/** Tells which statements of a function are where one of its rules holds, and of what. */
export class RuleWrites {
  /** Whether the first time that a rule holds settles it: all definitions give the same constant. */
  readonly isSettledByFirst: boolean;
  readonly #result: number | undefined;
  /** Locals that the value of a complete rule goes through. */
  readonly #values = new Set<number>();
  /** Locals that are the function's result or an object within it. */
  readonly #parts = new Set<number>();
  /** Locals that hold nothing but objects made here, of keys that are written in the policy. */
  readonly #records: ReadonlySet<number>;

  constructor(planned: Pick<PlannedFunction, 'blocks'> & { readonly result?: number }) {
    const { result } = planned;
    this.#result = result;
    if (result !== undefined) this.#collect({ ...planned, result });
    this.isSettledByFirst = this.#agree(planned);
    this.#records = recordsIn(planned.blocks);
  }

  #collect({ result, blocks }: Pick<PlannedFunction, 'blocks' | 'result'>): void {
    this.#parts.add(result);
    for (const statement of everyStatement(blocks)) {
      if (
        statement.kind === 'assign_once' &&
        statement.target === result &&
        statement.source.kind === 'local'
      ) {
        this.#values.add(statement.source.local);
      }
      if (statement.kind !== 'dot' || statement.source.kind !== 'local') continue;
      if (this.#parts.has(statement.source.local)) this.#parts.add(statement.target);
    }
  }

  #agree({ blocks }: Pick<PlannedFunction, 'blocks'>): boolean {
    let first: Value | undefined;
    for (const statement of everyStatement(blocks)) {
      if (!this.givesValue(statement) || statement.kind !== 'assign_once') continue;
      if (statement.source.kind !== 'constant') return false;
      const { value } = statement.source;
      if (first !== undefined && !equal(first, value)) return false;
      first = value;
    }
    return first !== undefined;
  }

  /** Whether this statement gives the function a value, or a part of it. */
  fires(statement: Statement): boolean {
    switch (statement.kind) {
      case 'assign_once':
        return this.givesValue(statement) || this.isDefault(statement);
      case 'add':
      case 'insert_once':
        return this.#parts.has(statement.target);
      default:
        return false;
    }
  }

  /** Whether an insertion is an assignment of JavaScript: the object is plain, and stays so with this key. */
  isAssignment({ target }: { readonly target: number }): boolean {
    return this.#records.has(target);
  }

  /** Whether this is where a definition of a complete rule or function has its value. */
  givesValue(statement: Statement): boolean {
    return statement.kind === 'assign_once' && this.#values.has(statement.target);
  }

  /** Whether what this writes to can only have the same constant already. */
  isSettled(statement: Statement): boolean {
    return this.isSettledByFirst && (this.givesValue(statement) || this.handsOn(statement));
  }

  /** Whether this hands a definition's value on to the function's result. */
  handsOn(statement: Statement): boolean {
    return (
      statement.kind === 'assign_once' &&
      statement.source.kind === 'local' &&
      this.#values.has(statement.source.local)
    );
  }

  /** Whether this gives the default, which comes without a definition's own local. */
  isDefault(statement: Statement): boolean {
    return statement.kind === 'assign_once' && statement.target === this.#result && !this.handsOn(statement);
  }
}

function recordsIn(blocks: readonly Block[]): ReadonlySet<number> {
  const made = new Set<number>();
  const others = new Set<number>();
  for (const statement of everyStatement(blocks)) {
    const { writes, grows } = mentionsOf(statement);
    const isMade = statement.kind === 'make' && statement.collection === 'object';
    for (const local of writes) (isMade ? made : others).add(local);
    if (grows !== undefined && !isOfRecord(statement)) others.add(grows);
  }
  return new Set([...made].filter((local) => !others.has(local)));
}

/** An assignment to `__proto__` would set the prototype. */
function isOfRecord(statement: Statement): boolean {
  if (statement.kind !== 'insert' || statement.key.kind !== 'constant') return false;
  const { value } = statement.key;
  return typeof value === 'string' && value !== '__proto__';
}
