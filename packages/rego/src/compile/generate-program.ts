import type { Plan, PlannedFunction } from '../plan/plan.ts';
import { foldConstants } from './fold-constants.ts';
import { FunctionCode, type ProgramScope } from './function-code.ts';
import { quoted } from './literal.ts';
import { markDocuments } from './mark-documents.ts';
import { renameLocals } from './rename-locals.ts';
import { RuleWrites } from './rule-writes.ts';
import { Tables } from './tables.ts';

/** How a program is generated. */
export interface GenerateOptions {
  /** Whether it records what happens. */
  readonly isTraced: boolean;
  /** Whether it has, for each function, another one that collects the values of its definitions. */
  readonly collectsConflicts: boolean;
  /** Built-ins that are not ours and so are never computed in place. */
  readonly replacedBuiltins: ReadonlySet<string>;
}

/** JavaScript of a plan, and what it refers to by number. */
export interface GeneratedProgram {
  /** The body of a function of R (runtime), K (constants) and B (built-ins), which returns a `CompiledProgram`. */
  readonly source: string;
  readonly tables: Tables;
}

/** Generates a plan's program. Its source holds nothing of the plan but quoted strings and numbers. */
export function generateProgram(plan: Plan, options: GenerateOptions): GeneratedProgram {
  const tables = new Tables();
  const program: ProgramScope & GenerateOptions = {
    tables,
    functions: new Map(plan.functions.map(({ name }, index) => [name, `f${index}`])),
    arities: new Map(plan.functions.map(({ name, parameters }) => [name, parameters.length])),
    voidBuiltins: new Set(plan.builtins.filter(({ isVoid }) => isVoid).map(({ name }) => name)),
    ...options,
  };
  const functions = plan.functions.map((planned, index) => functionSource(planned, index, program));
  const entrypoints = plan.entrypoints.map(({ blocks }, index) => {
    const scope = {
      rule: '',
      parameters: [0, 1],
      ruleWrites: new RuleWrites({ blocks }),
      number: -1,
      collects: false,
    };
    const code = new FunctionCode(program, scope).body(foldConstants({ blocks }).blocks);
    return `function e${index}(s,l0,l1){\n${code}}`;
  });
  const lines = [
    '"use strict";',
    'const {NONE,RegoSet,admits,conflict,findFunction,insert,insertOnce,isEqual,isRegoObject,keysOf}=R;',
    'const {lengthOf,lookUp,lookUpRare,merge,scanKindOf,treeOf,upsert}=R;',
    'const hasOwn=Object.hasOwn,isArray=Array.isArray,isSafe=Number.isSafeInteger,OP=Object.prototype;',
    ...tables.constants.map((_constant, index) => `const k${index}=K[${index}];`),
    ...tables.builtins.map((_name, index) => `const b${index}=B[${index}];`),
    ...functions,
    dynamicTree(plan),
    ...entrypoints,
    `return {entrypoints:[${plan.entrypoints.map((_entrypoint, index) => `e${index}`).join()}],`,
    `collectors:[${options.collectsConflicts ? plan.functions.map((_planned, index) => `c${index}`).join() : ''}]};`,
  ];
  return { source: lines.join('\n'), tables };
}

/** A rule's or function's path by its planned name, `g0.data.example.allow`. */
export function pathOf(name: string): string {
  return name.replace(/^g\d+\./, '');
}

/** Functions without operands of their own are evaluated once for each input and data. */
function functionSource(
  planned: PlannedFunction,
  number: number,
  program: ProgramScope & GenerateOptions,
): string {
  const folded = foldConstants(markDocuments(renameLocals(planned), pathOf(planned.name)));
  const { parameters } = planned;
  const scope = { rule: pathOf(planned.name), parameters, ruleWrites: new RuleWrites(folded), number };
  const names = ['s', ...parameters.map((parameter) => `l${parameter}`)].join();
  const code = new FunctionCode(program, { ...scope, collects: false }).body(folded.blocks);
  const body = `(${names}){\nif(--s.fuel<0)s.refuel();\n${enter(planned, program)}${code}}`;
  const look = `const m=s.memo,c=m[${number}];if(c!==undefined)return c===NONE?undefined:c;`;
  const keep = `const r=g${number}(${names});m[${number}]=r===undefined?NONE:r;return r;`;
  const source =
    parameters.length === 2
      ? `function f${number}(${names}){${look}${keep}}\nfunction g${number}${body}`
      : `function f${number}${body}`;
  if (!program.collectsConflicts) return source;
  const collector = new FunctionCode(program, { ...scope, collects: true }).body(folded.blocks);
  return `${source}\nfunction c${number}(${names}){\n${collector}}`;
}

function enter(planned: PlannedFunction, { tables, isTraced }: ProgramScope): string {
  if (!isTraced) return '';
  const at = planned.blocks[0]?.statements[0]?.at ?? { file: '', row: 0, column: 0 };
  const place = tables.place({ ...at, rule: pathOf(planned.name) });
  const operand = planned.parameters[2];
  return `s.trace.record("enter",${place},${operand === undefined ? 'undefined' : `l${operand}`});\n`;
}

/** Rules as dynamic calls find them: by path, those without operands of their own. */
function dynamicTree(plan: Plan): string {
  const found = plan.functions
    .map(({ path, parameters }, index) => ({ path, parameters, index }))
    .filter(({ path, parameters }) => path.length > 0 && parameters.length === 2);
  const paths = found.map(({ path }) => `[${path.map(quoted).join()}]`).join();
  return `const d=treeOf([${paths}],[${found.map(({ index }) => `f${index}`).join()}]);`;
}
