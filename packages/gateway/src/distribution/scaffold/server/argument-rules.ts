import type { BundleNames, DraftRule, TestedRule } from '../draft.ts';
import type { Limits, ToolLimits } from './argument-limits.ts';

/** Rego that the rules on arguments use. */
export interface ArgumentRules {
  readonly rules: readonly TestedRule[];
  readonly uses: string;
}

/** One kind of limit: when a rule for it is needed, the rule, and what its tests give. */
interface Section {
  readonly isNeeded: (tool: ToolLimits, limits: readonly Limits[]) => boolean;
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly message: string;
  readonly bodies: (names: BundleNames) => readonly string[];
  /** What is said of the tool of the tests, and arguments that are refused and that are not. */
  readonly limits: string;
  readonly refused: readonly string[];
  readonly taken: readonly string[];
  /** What is said of the elements of a list in the tests, and one that is refused and one that is not. */
  readonly element?: { readonly limits: string; readonly refused: string; readonly taken: string };
}

/** Rules that hold calls to the limits, only those that the limits need. What is listed for which tool stands in data. */
export function argumentRules(names: BundleNames, tools: readonly ToolLimits[]): ArgumentRules {
  const known = tools.map((tool) => [tool, limitsIn(tool)] as const);
  const needed = SECTIONS.filter(({ isNeeded }) => known.some(([tool, limits]) => isNeeded(tool, limits)));
  const isChecked = needed.some(({ bodies }) => bodies(names).some((body) => body.includes(CHECKED)));
  const hasElements = tools.some(({ properties }) =>
    Object.values(properties).some(({ items }) => items !== undefined),
  );
  return {
    rules: needed.map((section) => {
      const ofElements = known.some(([tool]) => section.isNeeded(tool, elementsIn(tool)));
      return { rule: ruleOf(section, names), tests: testsOf(section, names, ofElements) };
    }),
    uses: isChecked ? checked(names, hasElements) : '',
  };
}

const CHECKED = 'some [said, value] in checked';

/** What is said of arguments, and of their elements. */
function limitsIn({ properties }: ToolLimits): Limits[] {
  return Object.values(properties).flatMap((limits) =>
    limits.items === undefined ? [limits] : [limits, limits.items],
  );
}

function elementsIn({ properties }: ToolLimits): Limits[] {
  return Object.values(properties).flatMap(({ items }) => items ?? []);
}

function said(names: BundleNames): string {
  return `${names.data}.arguments[input.action.tool_name]`;
}

function has(...keywords: readonly (keyof Limits)[]): Section['isNeeded'] {
  return (_tool, limits) => limits.some((one) => keywords.some((keyword) => one[keyword] !== undefined));
}

function checkedBody(...conditions: readonly string[]): string {
  return `{\n${[CHECKED, ...conditions].map((condition) => `\t${condition}\n`).join('')}}`;
}

const SECTIONS: readonly Section[] = [
  {
    isNeeded: ({ required }) => required !== undefined,
    id: 'argument_missing',
    title: 'Required arguments are given',
    description: 'A call has every argument that its tool requires.',
    message: 'An argument that this tool requires is missing.',
    bodies: (names) => [
      `{
	some name in ${said(names)}.required
	not name in object.keys(input.action.args)
}`,
    ],
    limits: '{"required": ["path"], "properties": {"path": {}}}',
    refused: ['{}', '{"Path": "a"}'],
    taken: ['{"path": "a"}', '{"path": null}'],
  },
  {
    isNeeded: ({ only_listed }) => only_listed !== undefined,
    id: 'argument_unknown',
    title: 'Only described arguments are given',
    description: 'A call has no argument that its tool does not describe.',
    message: 'This tool takes no argument of that name.',
    bodies: (names) => [
      `{
	limits := ${said(names)}
	limits.only_listed
	some name, _ in input.action.args
	not name in object.keys(limits.properties)
}`,
    ],
    limits: '{"only_listed": true, "properties": {"path": {}}}',
    refused: ['{"path": "a", "mode": "b"}'],
    taken: ['{"path": "a"}', '{}'],
  },
  {
    isNeeded: has('type', 'whole'),
    id: 'argument_type',
    title: 'Arguments are of their type',
    description: 'An argument is a text, a number, a list or an object as its tool describes it.',
    message: 'An argument is of another type than this tool takes.',
    bodies: () => [
      checkedBody('types := said.type', 'not type_name(value) in types'),
      checkedBody('said.whole', 'is_number(value)', 'value != floor(value)'),
    ],
    limits: '{"properties": {"id": {"type": ["number", "null"], "whole": true}}}',
    refused: ['{"id": "7"}', '{"id": [7]}', '{"id": false}', '{"id": 7.5}'],
    taken: ['{"id": 7}', '{"id": null}', '{}'],
    element: { limits: '{"type": ["number"]}', refused: '[1, "2"]', taken: '[1, 2]' },
  },
  {
    isNeeded: has('enum'),
    id: 'argument_value',
    title: 'Arguments have listed values',
    description: 'An argument for which the tool lists values has one of them.',
    message: 'An argument has a value that this tool does not list.',
    bodies: () => [checkedBody('values := said.enum', 'not value in values')],
    limits: '{"properties": {"table": {"enum": ["products", "prices"]}}}',
    refused: ['{"table": "customers"}', '{"table": null}'],
    taken: ['{"table": "prices"}', '{}'],
    element: { limits: '{"enum": ["a", "b"]}', refused: '["a", "c"]', taken: '["a", "b"]' },
  },
  {
    isNeeded: has('pattern', 'minLength', 'maxLength'),
    id: 'argument_text',
    title: 'Texts have their form and length',
    description: 'A text matches the pattern of its argument, and is neither too short nor too long.',
    message: 'A text among the arguments is not of the form or length that this tool takes.',
    bodies: () => [
      checkedBody('pattern := said.pattern', 'is_string(value)', 'not regex.match(pattern, value)'),
      checkedBody('is_string(value)', 'count(value) < said.minLength'),
      checkedBody('is_string(value)', 'count(value) > said.maxLength'),
    ],
    limits: '{"properties": {"code": {"pattern": "^[a-z]+$", "minLength": 2, "maxLength": 4}}}',
    refused: ['{"code": "A12"}', '{"code": "a"}', '{"code": "abcde"}'],
    taken: ['{"code": "abcd"}', '{"code": 7}', '{}'],
    element: { limits: '{"maxLength": 2}', refused: '["ab", "abc"]', taken: '["ab"]' },
  },
  {
    isNeeded: has('minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'),
    id: 'argument_number',
    title: 'Numbers are within bounds',
    description: 'A number is neither smaller nor larger than its argument may be.',
    message: 'A number among the arguments is outside of what this tool takes.',
    bodies: () => [
      checkedBody('is_number(value)', 'value < said.minimum'),
      checkedBody('is_number(value)', 'value > said.maximum'),
      checkedBody('is_number(value)', 'value <= said.exclusiveMinimum'),
      checkedBody('is_number(value)', 'value >= said.exclusiveMaximum'),
    ],
    limits:
      '{"properties": {"rows": {"minimum": 1, "maximum": 50}, "share": {"exclusiveMinimum": 0, "exclusiveMaximum": 1}}}',
    refused: ['{"rows": 0}', '{"rows": 51}', '{"share": 0}', '{"share": 1}'],
    taken: ['{"rows": 50, "share": 0.5}', '{"rows": "many"}', '{}'],
    element: { limits: '{"maximum": 5}', refused: '[5, 6]', taken: '[5]' },
  },
  {
    isNeeded: has('minItems', 'maxItems'),
    id: 'argument_list',
    title: 'Lists are of their length',
    description: 'A list has neither fewer nor more elements than its argument may have.',
    message: 'A list among the arguments is too short or too long for this tool.',
    bodies: () => [
      checkedBody('is_array(value)', 'count(value) < said.minItems'),
      checkedBody('is_array(value)', 'count(value) > said.maxItems'),
    ],
    limits: '{"properties": {"paths": {"minItems": 1, "maxItems": 2}}}',
    refused: ['{"paths": []}', '{"paths": ["a", "b", "c"]}'],
    taken: ['{"paths": ["a"]}', '{"paths": "abc"}', '{}'],
    element: { limits: '{"maxItems": 1}', refused: '[[], [1, 2]]', taken: '[[], [1]]' },
  },
];

function ruleOf({ id, title, description, message, bodies }: Section, names: BundleNames): DraftRule {
  const custom = { reason: id, message, remediation: 'correct_the_arguments', severity: 'medium' as const };
  return { kind: 'deny', id, title, description, custom, bodies: bodies(names) };
}

function testsOf(
  { id, limits, refused, taken, element }: Section,
  { data, alias }: BundleNames,
  ofElements: boolean,
): string {
  const about = (args: readonly string[], condition: string) => `every args in [${args.join(', ')}] {
		${condition} in ${alias}.deny with input as call("look", args)
			with ${data}.arguments as {"look": limits}
	}`;
  const elements =
    ofElements && element !== undefined
      ? `
test_${id}_of_an_element_is_refused if {
	limits := {"properties": {"list": {"items": ${element.limits}}}}
	${about([`{"list": ${element.refused}}`], `"${id}"`)}
	${about([`{"list": ${element.taken}}`, '{"list": "no list"}'], `not "${id}"`)}
}
`
      : '';
  return `
test_${id}_is_refused if {
	limits := ${limits}
	${about(refused, `"${id}"`)}
}

test_${id}_is_not_refused_otherwise if {
	limits := ${limits}
	${about(taken, `not "${id}"`)}
}
${elements}`;
}

function checked(names: BundleNames, hasElements: boolean): string {
  return `
# What is said of each argument that the call has${hasElements ? ', and of each element of a list' : ''}, beside its value.
checked contains [said, value] if {
	some name, said in ${said(names)}.properties
	value := input.action.args[name]
}
${
  hasElements
    ? `
checked contains [limits.items, element] if {
	some name, limits in ${said(names)}.properties
	is_array(input.action.args[name])
	some element in input.action.args[name]
}
`
    : ''
}`;
}
