import type { Block, Operand, Statement, StatementOf } from '../plan/plan.ts';
import { inlinedCall } from './inline-builtins.ts';
import { Levels } from './levels.ts';
import { quoted } from './literal.ts';
import { ownMember } from './own-member.ts';
import type { RuleWrites } from './rule-writes.ts';
import type { Tables } from './tables.ts';

/** What the code of a function needs to know of the program. */
export interface ProgramScope {
  readonly tables: Tables;
  /** JavaScript names of the planned functions, by their planned names. */
  readonly functions: ReadonlyMap<string, string>;
  /** How many operands the planned functions take, by their planned names. */
  readonly arities: ReadonlyMap<string, number>;
  /** Whether a built-in is called for its effect only. */
  readonly voidBuiltins: ReadonlySet<string>;
  /** Built-ins that the caller has put in place of ours, which are not inlined. */
  readonly replacedBuiltins: ReadonlySet<string>;
  readonly isTraced: boolean;
}

/** What the code of a function needs to know of it. */
export interface FunctionScope {
  /** The path of the rule; empty for a query. */
  readonly rule: string;
  readonly parameters: readonly number[];
  readonly ruleWrites: RuleWrites;
  /** Its number in the plan. */
  readonly number: number;
  /** Whether this code only collects the values of its definitions, to tell what conflicts. */
  readonly collects: boolean;
}

/** Writes the JavaScript of a function's blocks. */
export class FunctionCode {
  readonly #program: ProgramScope;
  readonly #function: FunctionScope;
  readonly #levels = new Levels();
  readonly #locals = new Set<number>();
  #names = 0;
  #mayConflict = false;

  constructor(program: ProgramScope, scope: FunctionScope) {
    this.#program = program;
    this.#function = scope;
  }

  /** Whether the code has a place where two values conflict; known once there is a body. */
  get mayConflict(): boolean {
    return this.#mayConflict;
  }

  /** The function's body: declarations, then the blocks. */
  body(blocks: readonly Block[]): string {
    for (const block of blocks) this.#block(block);
    for (const parameter of this.#function.parameters) this.#locals.delete(parameter);
    const locals = ['t', ...[...this.#locals].map((local) => `l${local}`)];
    return `let ${locals.join()};\n${this.#levels.lines.join('\n')}\n`;
  }

  #block(block: Block, head = ''): void {
    this.#levels.open('block', head);
    for (const statement of block.statements) this.#statement(statement);
    this.#levels.close();
  }

  #statement(statement: Statement): void {
    switch (statement.kind) {
      case 'block':
        for (const block of statement.blocks) this.#block(block);
        break;
      case 'break':
        this.#line(this.#levels.leave(statement.index));
        break;
      case 'scan':
        this.#scan(statement);
        break;
      case 'not':
        this.#not(statement);
        break;
      case 'with':
        this.#with(statement);
        break;
      case 'call':
        this.#call(statement);
        break;
      case 'call_dynamic':
        this.#callDynamic(statement);
        break;
      case 'dot':
        this.#unlessDefined(this.#assigned(statement.target, this.#lookUp(statement)), statement);
        break;
      case 'equal':
        this.#unless(this.#equality(statement), statement);
        break;
      case 'not_equal':
        this.#unless(`!${this.#equality(statement)}`, statement);
        break;
      case 'is_type':
        this.#unless(this.#typeTest(statement), statement);
        break;
      case 'is_defined':
        this.#unless(`${this.#local(statement.source)}!==undefined`, statement);
        break;
      case 'is_undefined':
        this.#unless(`${this.#local(statement.source)}===undefined`, statement);
        break;
      default:
        this.#effect(statement);
    }
  }

  /** Statements that always hold. */
  #effect(statement: Statement): void {
    switch (statement.kind) {
      case 'return':
        this.#return(statement);
        break;
      case 'length':
        this.#line(`${this.#assigned(statement.target, `lengthOf(${this.#value(statement.source)})`)};`);
        break;
      case 'assign':
        this.#line(`${this.#assigned(statement.target, this.#value(statement.source))};`);
        break;
      case 'reset':
        this.#line(`${this.#assigned(statement.target, 'undefined')};`);
        break;
      case 'make':
        this.#line(`${this.#assigned(statement.target, EMPTY[statement.collection])};`);
        break;
      case 'append':
        this.#line(`${this.#local(statement.target)}.push(${this.#value(statement.value)});`);
        break;
      case 'merge': {
        const merged = `merge(${this.#value(statement.left)},${this.#value(statement.right)})`;
        this.#line(`${this.#assigned(statement.target, merged)};`);
        break;
      }
      case 'add_result':
        this.#line(`s.results.push(${this.#value(statement.value)});`);
        break;
      case 'assign_once':
      case 'add':
      case 'insert':
      case 'insert_once':
        this.#write(statement);
        break;
      default:
        throw new Error(`no code for a statement of kind ${statement.kind}`);
    }
  }

  #write(statement: StatementOf<'assign_once' | 'add' | 'insert' | 'insert_once'>): void {
    if (this.#function.collects && this.#collect(statement)) return;
    const target = this.#local(statement.target);
    if (statement.kind === 'assign_once') {
      const source = this.#value(statement.source);
      this.#line(`if(${target}===undefined)${target}=${source};`);
      const isEqual = `${target}===${source}||isEqual(${target},${source})`;
      if (target !== source && !this.#function.ruleWrites.isSettled(statement))
        this.#line(`else if(!(${isEqual}))${this.#conflict(statement, this.#function.rule)}`);
    } else if (statement.kind === 'add') {
      this.#line(`${target}.add(${this.#value(statement.value)});`);
    } else {
      const [key, value] = [this.#value(statement.key), this.#value(statement.value)];
      if (statement.kind === 'insert_once') {
        this.#line(`t=insertOnce(${target},${key},${value});`);
        this.#line(`if(t===undefined)${this.#conflict(statement, statement.document)}`);
        this.#line(`${target}=t;`);
      } else if (this.#function.ruleWrites.isAssignment(statement)) {
        this.#line(`${target}[${key}]=${value};`);
      } else {
        this.#line(`${target}=insert(${target},${key},${value});`);
      }
    }
    const { ruleWrites } = this.#function;
    if (ruleWrites.fires(statement)) this.#fired(statement);
    // What OPA does too: another round of a loop can only give the same value again, or an error.
    const leave =
      ruleWrites.isSettledByFirst && ruleWrites.givesValue(statement) && this.#levels.leaveLoops();
    if (typeof leave === 'string') this.#line(leave);
  }

  /** Code that only takes down the value. @returns whether the statement needs no other. */
  #collect(statement: StatementOf<'assign_once' | 'add' | 'insert' | 'insert_once'>): boolean {
    const { ruleWrites } = this.#function;
    if (ruleWrites.handsOn(statement) || ruleWrites.isDefault(statement)) return true;
    if (ruleWrites.givesValue(statement) && statement.kind === 'assign_once') {
      this.#line(`${this.#assigned(statement.target, this.#value(statement.source))};`);
      this.#line(this.#collected(statement, this.#local(statement.target), this.#function.rule));
      return true;
    }
    if (statement.kind !== 'insert_once' || !ruleWrites.fires(statement)) return false;
    this.#line(this.#collected(statement, this.#value(statement.value), statement.document));
    return true;
  }

  #collected(statement: Statement, value: string, document: string | undefined): string {
    const name = document === undefined ? 'undefined' : quoted(document);
    return `if(s.collected.add(${this.#place(statement)},${value},${name}))${this.#levels.leaveAll()}`;
  }

  #conflict(statement: Statement, document: string | undefined): string {
    this.#mayConflict = true;
    const { number, parameters } = this.#function;
    const called = [String(number), ...parameters.map((parameter) => this.#local(parameter))];
    const name = document === undefined ? 'undefined' : quoted(document);
    return `conflict(${this.#place(statement)},[${called.join()}],${name});`;
  }

  #fired(statement: StatementOf<'assign_once' | 'add' | 'insert' | 'insert_once'>): void {
    const rule = this.#program.tables.rule({ ...statement.at, rule: this.#function.rule });
    this.#line(`s.fired[${rule}]=1;`);
    const value = statement.kind === 'assign_once' ? statement.source : statement.value;
    this.#trace('fired', statement, this.#value(value));
  }

  #return(statement: StatementOf<'return'>): void {
    const value = this.#value(statement.source);
    this.#trace('leave', statement, value);
    this.#line(`return ${value};`);
  }

  #scan(statement: StatementOf<'scan'>): void {
    const [source, keys, kind, index] = [this.#name(), this.#name(), this.#name(), this.#name()];
    const [key, value] = [this.#local(statement.key), this.#local(statement.value)];
    this.#levels.open('block');
    this.#line(`const ${source}=${this.#value(statement.source)},${keys}=keysOf(${source}),`);
    this.#line(`${kind}=scanKindOf(${source}),${index}n=${keys}.length;`);
    this.#levels.open('loop', `for(let ${index}=0;${index}<${index}n;${index}++)`);
    this.#line('if(--s.fuel<0)s.refuel();');
    this.#line(`if(${kind}===0){${key}=${index};${value}=${keys}[${index}];}`);
    this.#line(`else{${key}=${keys}[${index}];`);
    this.#line(`${value}=${kind}===1?${key}:${kind}===2?${source}[${key}]:${source}.get(${key});}`);
    for (const inner of statement.block.statements) this.#statement(inner);
    this.#levels.close();
    this.#levels.close();
  }

  #not(statement: StatementOf<'not'>): void {
    const held = this.#name();
    this.#line(`let ${held}=false;`);
    this.#levels.open('block');
    for (const inner of statement.block.statements) this.#statement(inner);
    this.#line(`${held}=true;`);
    this.#levels.close();
    this.#unless(`!${held}`, statement);
  }

  #with(statement: StatementOf<'with'>): void {
    const [saved, memo, held] = [this.#name(), this.#name(), this.#name()];
    const local = this.#local(statement.local);
    const value = this.#value(statement.value);
    const { path } = statement;
    const replaced = path.length === 0 ? value : `upsert(${local},[${path.map(quoted).join()}],${value})`;
    this.#line(`const ${saved}=${local},${memo}=s.memo;let ${held}=false;`);
    this.#line(`s.openFrame(l0,l1);${local}=${replaced};s.memo=s.memoOf(l0,l1);`);
    this.#line('try{');
    this.#levels.open('block');
    for (const inner of statement.block.statements) this.#statement(inner);
    this.#line(`${held}=true;`);
    this.#levels.close();
    this.#line(`}finally{${local}=${saved};s.memo=${memo};s.closeFrame();}`);
    this.#unless(held, statement);
  }

  #call(statement: StatementOf<'call'>): void {
    const operands = statement.operands.map((operand) => this.#value(operand));
    const planned = this.#program.functions.get(statement.name);
    if (planned !== undefined) {
      // OPA plans functions as members of their package where its members are gone through; its evaluator knows none.
      if (operands.length < (this.#program.arities.get(statement.name) ?? 0)) {
        this.#unless('false', statement);
        return;
      }
      this.#unlessDefined(this.#called(statement, planned, operands), statement);
      return;
    }
    const { name } = statement;
    const place = this.#program.tables.place({ ...statement.at, rule: this.#function.rule, builtin: name });
    const slow = `(s.at=${place},${this.#program.tables.builtin(name)}(${['s', ...operands].join()}))`;
    if (this.#program.voidBuiltins.has(name)) {
      this.#line(`${slow};`);
      return;
    }
    const isOurs = !this.#program.replacedBuiltins.has(name);
    const inlined = isOurs ? inlinedCall(name, operands, slow) : undefined;
    const assigned = this.#assigned(statement.result, inlined?.source ?? slow);
    if (inlined?.isTotal === true) this.#line(`${assigned};`);
    else this.#unlessDefined(assigned, statement);
  }

  /** A function that is not found leaves one level, one that is undefined four: the look-up in data is skipped. */
  #callDynamic(statement: StatementOf<'call_dynamic'>): void {
    const found = this.#name();
    const path = statement.path.map((part) => this.#value(part)).join();
    this.#line(`const ${found}=findFunction(d,[${path}]);`);
    this.#line(`if(${found}===undefined)${this.#levels.leave(0)}`);
    const operands = statement.operands.map((operand) => this.#value(operand));
    const call = this.#called(statement, found, operands);
    this.#line(`if((${call})===undefined)${this.#levels.leave(3)}`);
  }

  /** A call of a planned function. An exception leaves the place on the stack, which tells then where it came from. */
  #called(
    statement: StatementOf<'call' | 'call_dynamic'>,
    name: string,
    operands: readonly string[],
  ): string {
    const assigned = this.#assigned(statement.result, `${name}(${['s', ...operands].join()})`);
    const result = this.#local(statement.result);
    return `s.calls[s.depth++]=${this.#place(statement)},${assigned},s.depth--,${result}`;
  }

  #lookUp(statement: StatementOf<'dot'>): string {
    const source = this.#value(statement.source);
    const key = this.#value(statement.key);
    if (statement.key.kind !== 'constant' || typeof statement.key.value !== 'string') {
      return `lookUp(${source},${key})`;
    }
    if (statement.source.kind === 'constant') return `lookUp(${source},${key})`;
    return ownMember(source, statement.key.value);
  }

  #equality(statement: StatementOf<'equal' | 'not_equal'>): string {
    const [left, right] = [this.#value(statement.left), this.#value(statement.right)];
    for (const operand of [statement.left, statement.right]) {
      // A string, boolean or null is the same JavaScript value wherever it is equal.
      if (operand.kind === 'constant' && isIdentity(operand.value)) return `(${left}===${right})`;
    }
    return `(${left}===${right}||isEqual(${left},${right}))`;
  }

  #typeTest(statement: StatementOf<'is_type'>): string {
    const source = this.#value(statement.source);
    if (statement.collection === 'array') return `isArray(${source})`;
    return statement.collection === 'set' ? `(${source} instanceof RegoSet)` : `isRegoObject(${source})`;
  }

  /** Leaves the block unless the assignment gives a value. */
  #unlessDefined(assigned: string, statement: Statement): void {
    this.#unless(`(${assigned})!==undefined`, statement);
  }

  /** Leaves the block unless the condition holds. */
  #unless(condition: string, statement: Statement): void {
    // Whether something was defined is how plans tell alternatives apart, and no condition of a rule.
    const isCondition = statement.kind !== 'is_defined' && statement.kind !== 'is_undefined';
    if (!this.#program.isTraced || !isCondition) {
      this.#line(`if(!(${condition}))${this.#levels.leave(0)}`);
      return;
    }
    this.#line(`if(!(${condition})){`);
    this.#trace('failed_at', statement, 'undefined');
    this.#line(`${this.#levels.leave(0)}}`);
  }

  #trace(kind: string, statement: Statement, value: string): void {
    if (!this.#program.isTraced) return;
    this.#line(`s.trace.record(${quoted(kind)},${this.#place(statement)},${value});`);
  }

  #place(statement: Statement): number {
    return this.#program.tables.place({ ...statement.at, rule: this.#function.rule });
  }

  #assigned(target: number, source: string): string {
    return `${this.#local(target)}=${source}`;
  }

  #value(operand: Operand): string {
    return operand.kind === 'local'
      ? this.#local(operand.local)
      : this.#program.tables.constant(operand.value);
  }

  #local(local: number): string {
    this.#locals.add(local);
    return `l${local}`;
  }

  /** A JavaScript name of its own within the function. */
  #name(): string {
    this.#names++;
    return `n${this.#names}`;
  }

  #line(text: string): void {
    this.#levels.line(text);
  }
}

const EMPTY = { array: '[]', object: '{}', set: 'new RegoSet()' } as const;

function isIdentity(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'boolean' || value === null;
}
