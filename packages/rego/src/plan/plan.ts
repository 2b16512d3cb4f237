import type { Value } from '../values/value.ts';

// A plan as the compiler wants it: OPA's statements (`v1/ir/ir.go`) with constants in their places and with the
// statements that only name a constant united into `assign`.

/** Where in the source of the policies a statement comes from. */
export interface Location {
  /** The file as the bundle names it. */
  readonly file: string;
  /** Counted from 1; 0 for statements that come from no file. */
  readonly row: number;
  readonly column: number;
}

/** A variable of a function, or a constant. */
export type Operand =
  | { readonly kind: 'local'; readonly local: number }
  | { readonly kind: 'constant'; readonly value: Value };

/** Statements in their order. One level for `break`. */
export interface Block {
  readonly statements: readonly Statement[];
}

/** What a plan does. A statement that does not hold leaves its block (`break 0`). */
export type Statement = { readonly at: Location } & (
  | { readonly kind: 'return'; readonly source: Operand }
  | {
      readonly kind: 'call';
      readonly name: string;
      readonly operands: readonly Operand[];
      readonly result: number;
    }
  | {
      readonly kind: 'call_dynamic';
      readonly operands: readonly Operand[];
      readonly result: number;
      readonly path: readonly Operand[];
    }
  | { readonly kind: 'block'; readonly blocks: readonly Block[] }
  | { readonly kind: 'break'; readonly index: number }
  | { readonly kind: 'dot'; readonly source: Operand; readonly key: Operand; readonly target: number }
  | { readonly kind: 'length'; readonly source: Operand; readonly target: number }
  | {
      readonly kind: 'scan';
      readonly source: Operand;
      readonly key: number;
      readonly value: number;
      readonly block: Block;
    }
  | { readonly kind: 'not'; readonly block: Block }
  | {
      readonly kind: 'assign';
      readonly source: Operand;
      readonly target: number;
      /** Whether the constant stands in the policy where the target is used, and not by way of a variable. */
      readonly isLiteral?: boolean;
    }
  | { readonly kind: 'assign_once'; readonly source: Operand; readonly target: number }
  | { readonly kind: 'reset'; readonly target: number }
  | { readonly kind: 'make'; readonly collection: Collection; readonly target: number }
  | { readonly kind: 'equal' | 'not_equal'; readonly left: Operand; readonly right: Operand }
  | { readonly kind: 'is_type'; readonly collection: Collection; readonly source: Operand }
  | { readonly kind: 'is_defined' | 'is_undefined'; readonly source: number }
  | { readonly kind: 'append'; readonly value: Operand; readonly target: number }
  | { readonly kind: 'add'; readonly value: Operand; readonly target: number }
  | {
      readonly kind: 'insert' | 'insert_once';
      readonly key: Operand;
      readonly value: Operand;
      readonly target: number;
      /** Path of the document that a rule gives its value here, where all of the path is literal. */
      readonly document?: string;
    }
  | { readonly kind: 'merge'; readonly left: Operand; readonly right: Operand; readonly target: number }
  | {
      readonly kind: 'with';
      readonly local: number;
      readonly path: readonly string[];
      readonly value: Operand;
      readonly block: Block;
    }
  | { readonly kind: 'add_result'; readonly value: Operand }
);

/** The kinds of collection a plan makes and tells apart. */
export type Collection = 'array' | 'object' | 'set';

/** One statement of the given kind. */
export type StatementOf<Kind extends Statement['kind']> = Extract<Statement, { readonly kind: Kind }>;

/** A planned rule or function. Its first two parameters are the input and the data. */
export interface PlannedFunction {
  readonly name: string;
  readonly parameters: readonly number[];
  readonly result: number;
  readonly blocks: readonly Block[];
  /** Where dynamic calls find it. */
  readonly path: readonly string[];
}

/** A planned query: local 0 is the input, local 1 the data. */
export interface PlannedEntrypoint {
  readonly name: string;
  readonly blocks: readonly Block[];
}

/** A built-in that the plan calls. */
export interface PlannedBuiltin {
  readonly name: string;
  /** Whether it is called for its effect only, so that it holds without a result. */
  readonly isVoid: boolean;
}

/** A whole plan. */
export interface Plan {
  readonly entrypoints: readonly PlannedEntrypoint[];
  readonly functions: readonly PlannedFunction[];
  readonly builtins: readonly PlannedBuiltin[];
}
