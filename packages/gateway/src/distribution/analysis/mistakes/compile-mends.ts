import { Category } from '@bailiff/contract';
import { nearestName } from '../../sources/words/nearest-name.ts';
import type { Path } from '../syntax.ts';

/** How an error of OPA’s compiler is mended; undefined where its own words say as much. */
export function compileMend(message: string): string | undefined {
  const unsafe = /^var (\S+) is unsafe$/.exec(message)?.[1];
  if (unsafe !== undefined) return unsafeMend(unsafe);
  const called = /^undefined function (\S+)$/.exec(message)?.[1];
  if (called !== undefined) return functionMend(called);
  const unused = /^(?:assigned|declared) var (\S+) unused/.exec(message)?.[1];
  if (unused !== undefined) return `Use \`${unused}\` in a condition, or remove it.`;
  if (/^import \S+ unused/.test(message)) return 'Remove the import.';
  if (message === NO_NAME)
    return 'Write `==` to compare. `:=` gives a value a name of its own, as `role := input.agent.scope`.';
  if (/^variables must not shadow/.test(message)) return 'Give the variable another name.';
  if (/^conflicting rules |^rule \S+ conflicts with/.test(message))
    return 'Give each the same form: what adds to a set is `name contains …`, and a value is another name.';
  if (message === NO_PACKAGE)
    return 'Begin the file with the package of its bundle, as `package policy.compliance`.';
  if (/^bundle .* do not permit 'package /.test(message))
    return 'Begin the file with the package of its bundle, as its other files do.';
  if (/\b(?:is|may be) recursive/.test(message))
    return 'Let the rule ask something that does not ask it back.';
  return undefined;
}

/** What OPA says where `:=` has no name on its left. */
export const NO_NAME = 'cannot assign to ref';

/** What OPA says of a file that does not begin with a package. */
export const NO_PACKAGE = 'package expected';

/** Words of other languages for what Rego has under a name of its own. */
const CONSTANTS: ReadonlyMap<string, string> = new Map([
  ['True', 'true'],
  ['TRUE', 'true'],
  ['False', 'false'],
  ['FALSE', 'false'],
  ['None', 'null'],
  ['nil', 'null'],
  ['NULL', 'null'],
]);

function unsafeMend(name: string): string {
  const constant = CONSTANTS.get(name);
  if (constant !== undefined) return `Write \`${constant}\`.`;
  if (Category.options.some((category) => category === name))
    return `Below \`package\` write \`import data.policy.${name}\`: without it \`${name}\` is the name of nothing.`;
  return `Nothing gives \`${name}\` a value. Correct its spelling; or put a text in quotes, \`"${name}"\`; or give it one: \`${name} := …\`, \`some ${name} in …\`. A field with a dash in its name is \`input["a-b"]\`.`;
}

/** Functions that people call by another name. */
const RENAMED: ReadonlyMap<string, string> = new Map([
  ['len', 'count'],
  ['length', 'count'],
  ['size', 'count'],
  ['lowercase', 'lower'],
  ['uppercase', 'upper'],
  ['match', 'regex.match'],
  ['matches', 'regex.match'],
  ['includes', 'contains'],
  ['now', 'input.environment.time'],
  ['toLowerCase', 'lower'],
]);

/** Built-ins that rules of Bailiff are written with, for a name that is nearly one of them. */
const USUAL: readonly string[] = [
  ...[
    'startswith',
    'endswith',
    'contains',
    'lower',
    'upper',
    'count',
    'sum',
    'max',
    'min',
    'split',
    'concat',
  ],
  ...['trim', 'trim_space', 'replace', 'sprintf', 'regex.match', 'glob.match', 'object.get', 'object.keys'],
  ...[
    'is_string',
    'is_number',
    'is_boolean',
    'is_array',
    'is_object',
    'is_null',
    'to_number',
    'abs',
    'round',
  ],
  ...[
    'array.concat',
    'union',
    'intersection',
    'walk',
    'json.unmarshal',
    'net.cidr_contains',
    'numbers.range',
  ],
  ...[
    'time.parse_rfc3339_ns',
    'time.parse_duration_ns',
    'strings.any_prefix_match',
    'strings.any_suffix_match',
  ],
];

/** Whether a function’s name is that of another language for what Rego calls otherwise. */
export function isMeantOtherwise(name: string): boolean {
  return RENAMED.has(name) || (!USUAL.includes(name) && USUAL.includes(name.toLowerCase()));
}

/** `count(…)` of what a path reads a length of, as other languages have it; undefined where its end is no such word. */
export function countInPlaceOf(path: Path): string | undefined {
  const above = path.slice(0, -1);
  const isCounted = above.length > 1 && RENAMED.get(path.at(-1) ?? '') === 'count';
  return isCounted ? `count(${above.join('.')})` : undefined;
}

function functionMend(name: string): string {
  const last = name.split('.').at(-1) ?? name;
  const known = RENAMED.get(last) ?? [last, last.toLowerCase()].find((one) => USUAL.includes(one));
  const near = known ?? nearestName(name, USUAL);
  if (near !== undefined && /^(?:input|data)\./.test(name)) {
    const subject = name.slice(0, -last.length - 1);
    return `Functions take what they work on in brackets: \`${near}(${subject}, …)\`.`;
  }
  if (near !== undefined) return `Rego calls it \`${near}\`.`;
  return 'Correct its name. A bundle calls the functions of OPA and its own, and none of other bundles.';
}
