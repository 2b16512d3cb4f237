import type { Json, JsonObject } from '@bailiff/contract';
import { isObject, valueAt } from '../../sources/document.ts';

/** What a rule asks of one argument, in the words of JSON Schema. */
export interface Limits {
  readonly type?: readonly string[];
  /** A number that is to have no fraction: JSON Schema’s `integer`. */
  readonly whole?: true;
  readonly enum?: readonly Json[];
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  /** What is asked of each element of a list. */
  readonly items?: Limits;
}

/** What rules ask of the arguments of one tool. */
export interface ToolLimits {
  readonly required?: readonly string[];
  /** Whether arguments that `properties` does not list are refused. */
  readonly only_listed?: true;
  readonly properties: Readonly<Record<string, Limits>>;
}

/** Limits, and the keywords of the schema that they do not hold. */
export interface ReadSchema {
  readonly limits: ToolLimits | undefined;
  readonly left: readonly string[];
}

/** A bound on what is taken over of one schema; beyond it the server alone judges. */
const PROPERTIES_MAX = 200;
const NAME_CHARACTERS_MAX = 200;
const ENUM_MAX = 200;
const ENUM_CHARACTERS_MAX = 10_000;
const PATTERN_CHARACTERS_MAX = 500;
/** References that are followed one after another; a schema that names itself ends here. */
const REFERENCES_MAX = 8;
/** Lists and alternatives within each other that are looked into. */
const DEPTH_MAX = 3;

/** What the schema of a tool’s arguments says that rules can hold calls to. `isPattern` tells which expressions OPA takes. */
export function limitsOf(definition: JsonObject, isPattern: (pattern: string) => boolean): ReadSchema {
  const root = valueAt(definition, ['inputSchema']);
  if (!isObject(root)) return { limits: undefined, left: [] };
  const reader = new SchemaReader(root, isPattern);
  const limits = reader.tool();
  return { limits, left: [...reader.left].sort() };
}

/** Every expression that `limitsOf` may ask about. */
export function patternsIn(definition: JsonObject): string[] {
  const found = new Set<string>();
  limitsOf(definition, (pattern) => {
    found.add(pattern);
    return false;
  });
  return [...found];
}

const TYPES: ReadonlySet<string> = new Set(['string', 'number', 'boolean', 'object', 'array', 'null']);
/** Keywords that narrow what is valid, and that no rule of a draft holds. */
const NOT_TAKEN = [
  ...['allOf', 'oneOf', 'anyOf', 'not', 'if', 'dependentRequired', 'dependentSchemas', 'patternProperties'],
  ...['format', 'multipleOf', 'uniqueItems', 'contains', 'prefixItems', 'propertyNames', 'minProperties'],
  ...['maxProperties', 'properties', 'required', 'unevaluatedProperties', '$dynamicRef'],
];
/** Keywords by which an object may be given what `properties` does not list. */
const OPENING = ['allOf', 'oneOf', 'anyOf', 'if', 'patternProperties', 'dependentSchemas', '$dynamicRef'];

/** Where in the schema of an argument one stands. */
interface Place {
  readonly depth: number;
  readonly isElement: boolean;
}

class SchemaReader {
  readonly left = new Set<string>();
  readonly #root: JsonObject;
  readonly #isPattern: (pattern: string) => boolean;

  constructor(root: JsonObject, isPattern: (pattern: string) => boolean) {
    this.#root = root;
    this.#isPattern = isPattern;
  }

  tool(): ToolLimits | undefined {
    const schema = this.#resolved(this.#root);
    if (schema === undefined) return undefined;
    for (const keyword of NOT_TAKEN)
      if (keyword !== 'properties' && keyword !== 'required' && own(schema, keyword) !== undefined)
        this.left.add(keyword);
    const said = own(schema, 'properties');
    const known = isObject(said) ? Object.entries(said) : [];
    const named = known.filter(([name]) => isUsable(name)).slice(0, PROPERTIES_MAX);
    if (named.length < known.length) this.left.add('properties');
    const properties = Object.fromEntries(named.map(([name, one]) => [name, this.#limits(one)]));
    const required = this.#required(schema);
    const more = own(schema, 'additionalProperties');
    const isClosed =
      isObject(said) &&
      known.length <= PROPERTIES_MAX &&
      (more === undefined || more === false) &&
      !OPENING.some((keyword) => own(schema, keyword) !== undefined);
    if (required.length === 0 && !isClosed && named.length === 0) return undefined;
    return {
      ...(required.length > 0 && { required }),
      ...(isClosed && { only_listed: true }),
      properties,
    };
  }

  #required(schema: JsonObject): string[] {
    const said = own(schema, 'required');
    if (!Array.isArray(said)) return [];
    const names = new Set(said.filter((name) => typeof name === 'string'));
    const usable = [...names].filter(isUsable).slice(0, PROPERTIES_MAX);
    if (usable.length < names.size) this.left.add('required');
    return usable;
  }

  /** Nothing where the schema says nothing that a rule could ask. */
  #limits(said: Json, place: Place = { depth: 0, isElement: false }): Limits {
    const schema = place.depth > DEPTH_MAX ? undefined : this.#resolved(said);
    if (schema === undefined) return {};
    const branch = this.#orNull(schema, place);
    if (branch !== undefined) return branch;
    for (const keyword of NOT_TAKEN)
      if (own(schema, keyword) !== undefined && !(keyword === 'anyOf' || keyword === 'oneOf'))
        this.left.add(keyword);
    const types = this.#types(schema);
    const elements = this.#elements(schema, place);
    return {
      ...types,
      ...this.#values(schema),
      ...this.#pattern(schema),
      ...counts(schema, ['minLength', 'maxLength', 'minItems', 'maxItems']),
      ...this.#bounds(schema),
      ...(Object.keys(elements).length > 0 && { items: elements }),
    };
  }

  /** Limits of the elements of a list; rules look no deeper. */
  #elements(schema: JsonObject, { depth, isElement }: Place): Limits {
    const said = own(schema, 'items');
    if (said === undefined) return {};
    if (!isElement) return this.#limits(said, { depth: depth + 1, isElement: true });
    this.left.add('items');
    return {};
  }

  /** A schema that allows null beside one other: that one’s limits, and null. */
  #orNull(schema: JsonObject, { depth, isElement }: Place): Limits | undefined {
    const branches = own(schema, 'anyOf') ?? own(schema, 'oneOf');
    if (!Array.isArray(branches) || branches.length === 0) return undefined;
    const others = branches.filter((one) => !(isObject(one) && own(one, 'type') === 'null'));
    const [only] = others;
    if (others.length === 1 && others.length < branches.length && only !== undefined) {
      const { type, enum: values, ...rest } = this.#limits(only, { depth: depth + 1, isElement });
      return {
        ...(type !== undefined && { type: [...new Set([...type, 'null'])] }),
        ...(values !== undefined && { enum: [...values, null] }),
        ...rest,
      };
    }
    this.left.add(own(schema, 'anyOf') === undefined ? 'oneOf' : 'anyOf');
    return undefined;
  }

  #types(schema: JsonObject): Pick<Limits, 'type' | 'whole'> {
    const said = own(schema, 'type');
    const names = typeof said === 'string' ? [said] : Array.isArray(said) ? said : [];
    const isWhole = names.includes('integer') && !names.includes('number');
    const types = new Set(names.map((name) => (name === 'integer' ? 'number' : String(name))));
    if (types.size === 0 || [...types].some((type) => !TYPES.has(type))) return {};
    return { type: [...types], ...(isWhole && { whole: true }) };
  }

  #values(schema: JsonObject): Pick<Limits, 'enum'> {
    const constant = own(schema, 'const');
    const said = constant === undefined ? own(schema, 'enum') : [constant];
    if (said === undefined) return {};
    const isTaken =
      Array.isArray(said) &&
      said.length > 0 &&
      said.length <= ENUM_MAX &&
      JSON.stringify(said).length <= ENUM_CHARACTERS_MAX &&
      said.every(isScalar);
    if (isTaken) return { enum: said };
    this.left.add('enum');
    return {};
  }

  #pattern(schema: JsonObject): Pick<Limits, 'pattern'> {
    const pattern = own(schema, 'pattern');
    if (pattern === undefined) return {};
    const isTaken =
      typeof pattern === 'string' &&
      pattern.length <= PATTERN_CHARACTERS_MAX &&
      pattern.isWellFormed() &&
      this.#isPattern(pattern);
    if (isTaken) return { pattern };
    this.left.add('pattern');
    return {};
  }

  /** Bounds that lose digits as a JSON number are no bounds that anybody wrote. */
  #bounds(schema: JsonObject): Limits {
    const bounds: Record<string, number> = {};
    for (const keyword of ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum']) {
      const value = own(schema, keyword);
      if (typeof value === 'number' && isExact(value)) bounds[keyword] = value;
      else if (value !== undefined) this.left.add(keyword);
    }
    return bounds;
  }

  /** What a schema is once its references are followed; undefined where that comes to no end, or leads nowhere. */
  #resolved(said: Json): JsonObject | undefined {
    let schema: Json | undefined = said;
    for (let followed = 0; followed <= REFERENCES_MAX; followed += 1) {
      if (!isObject(schema)) return undefined;
      const reference = own(schema, '$ref');
      if (reference === undefined) return schema;
      schema = typeof reference === 'string' ? this.#referred(reference) : undefined;
    }
    this.left.add('$ref');
    return undefined;
  }

  #referred(reference: string): Json | undefined {
    const found =
      reference === '#'
        ? this.#root
        : reference.startsWith('#/') && valueAt(this.#root, reference.slice(2).split('/').map(unescaped));
    if (found === false || found === undefined) {
      this.left.add('$ref');
      return undefined;
    }
    return found;
  }
}

function counts(schema: JsonObject, keywords: readonly string[]): Limits {
  const found = keywords.flatMap((keyword) => {
    const value = own(schema, keyword);
    const isBound = typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
    return isBound && !(value === 0 && keyword.startsWith('min')) ? [[keyword, value] as const] : [];
  });
  return Object.fromEntries(found);
}

function own(schema: JsonObject, keyword: string): Json | undefined {
  return Object.hasOwn(schema, keyword) ? schema[keyword] : undefined;
}

/** Names that a YAML file can hold, and that every reader takes for the same. */
function isUsable(name: string): boolean {
  return name !== '__proto__' && name !== '<<' && name.length <= NAME_CHARACTERS_MAX && name.isWellFormed();
}

function isScalar(value: Json): boolean {
  if (typeof value === 'string') return value.isWellFormed();
  return value === null || typeof value === 'boolean' || (typeof value === 'number' && isExact(value));
}

function isExact(value: number): boolean {
  return Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value));
}

function unescaped(part: string): string {
  return part.replaceAll('~1', '/').replaceAll('~0', '~');
}
