import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compilePlan } from '../evaluation/policy.ts';
import { opaAnswer, planOf } from '../testing/opa.ts';

const POLICY = `package t

sets := [{element | some element in list} | some list in input.lists]

objects := [object | some object in input.objects]

answer := {
	"sets": sets,
	"sizes": [count(members) | some members in sets],
	"in": [[element | some element in input.asked; element in members] | some members in sets],
	"or": [(left | right) | some left in sets; some right in sets],
	"and": [(left & right) | some left in sets; some right in sets],
	"minus": [(left - right) | some left in sets; some right in sets],
	"all": union({members | some members in sets}),
	"union_n": object.union_n(array.concat(objects, [{1: objects[0]}, {1.0: {"a": {}}, "a": 1}])),
	"spelled": [object.union({1: null}, {1.0: {"k": {2: 1}}}), object.union({1: {2: 1}}, {1.0: {2.0: null}}), object.union_n([{1: {2: 1}}, {1.0: {2.0: 3}}, {1.00: null}])],
	"union": [object.union(left, right) | some left in objects; some right in objects],
	"get": [object.get(one, key, "none") | some one in objects; some key in ["a", "b", ["a", "b"], "__proto__"]],
	"types": [{key: type_name(value) | some key, value in one} | some one in objects],
	"keys": [object.keys(one) | some one in objects],
	"subset": [[object.subset(left, right) | some right in sets] | some left in sets],
	"order": sort([[members, one] | some members in sets; some one in objects]),
	"made": [{"b": one, "a": null, "constructor": 1} | some one in objects],
	"of_sets": {members | some members in sets},
	"counted": {count(members): members | some members in sets; count(members) == 0},
}
`;

/** JSON texts: equal values in other spellings, and values that are nearly alike. */
const element = fc.letrec<{ element: string; object: string }>((tie) => ({
  element: fc.oneof(
    { maxDepth: 2 },
    fc.constantFrom(
      '1',
      '1.0',
      '1e0',
      '-0',
      '"1"',
      'null',
      'true',
      'false',
      '[]',
      '{}',
      '"a"',
      '"😀"',
      '"\uff00"',
    ),
    fc.integer({ min: 0, max: 40 }).map(String),
    fc.array(tie('element'), { maxLength: 3 }).map((elements) => `[${elements.join()}]`),
    tie('object'),
  ),
  object: fc
    .array(fc.tuple(fc.constantFrom('a', 'b', 'c', '__proto__', '10', '9'), tie('element')), { maxLength: 4 })
    .map((entries) => {
      return `{${entries.map(([key, value]) => `${JSON.stringify(key)}:${value}`).join()}}`;
    }),
}));

const WITH_NULLS = `{
  "lists": [[null, 1, 1.0, null], [[null], {"a": null}]],
  "objects": [{"a": null, "b": {"a": 1}}, {"a": {"b": null}, "b": {"a": null, "b": [1]}}],
  "asked": [null, 1.0, {"a": null}]
}`;

test('sets and objects are OPA’s, with repetitions, numbers in several spellings and many members', () => {
  const list = (maxLength: number) =>
    fc.array(element.element, { maxLength }).map((all) => `[${all.join()}]`);
  const few = <Text>(texts: fc.Arbitrary<Text>) => fc.array(texts, { minLength: 2, maxLength: 5 });
  const document = fc
    .tuple(few(fc.oneof(list(4), list(12), list(150))), few(element.object), list(20))
    .map(([lists, objects, asked]) => `{"lists":[${lists}],"objects":[${objects}],"asked":${asked}}`);
  const policy = compilePlan(planOf(POLICY, 't/answer'));
  const inputs = fc.sample(document, 12);
  for (const inputText of [WITH_NULLS, ...inputs]) {
    const evaluation = policy.evaluate('t/answer', { inputText });
    const own = evaluation.kind === 'defined' ? evaluation.text() : JSON.stringify(evaluation);
    expect(own).toBe(opaAnswer(POLICY, 'data.t.answer', { input: inputText }));
  }
});
