import type { CodePage } from './code-page.ts';

/** Codes of what lint finds. */
export const LINT_CODES: Readonly<Record<string, CodePage>> = {
  comparison_outside_enum: {
    severity: 'error',
    title: 'A field is compared with a value that it never has',
    why: 'The field has a few values, all known, and this is none of them. Most often it is a typing error, and the rule never fires, or always.',
    mend: 'Write one of the values that the finding lists.',
    example: {
      before: 'deny contains "writes" if input.action.phase == "reqeust"',
      after: 'deny contains "writes" if input.action.phase == "request"',
    },
    fix: 'Writes the one value that is within two letters of what was written.',
  },
  rule_never_fires: {
    severity: 'error',
    title: 'The conditions never hold together',
    why: 'One document is compared with two different constants, a number is to be above and below, a collection is empty, a condition is `false`, or one asks for the absence of a field that every input has: what is not known of a call is an empty text or an empty list there, so that `not input.user.id` and `input.user.id == null` never hold. The rule is as good as absent, and nobody is told.',
    mend: 'Conditions of one body all have to hold. Where one or the other is meant, write two bodies, or `in {…}`. Ask for an empty field by `input.user.id == ""` or `count(input.agent.chain) == 0`.',
    example: {
      before:
        'deny contains "x" if {\n\tinput.action.tool == "crm.delete"\n\tinput.action.tool == "crm.update"\n}',
      after: 'deny contains "x" if input.action.tool in {"crm.delete", "crm.update"}',
    },
  },
  input_type_mismatch: {
    severity: 'error',
    title: 'A field of the input is of another type',
    why: 'By the schema of the input, which OPA’s type checker was told too, the comparison never holds, or the built-in always fails. A comparison by order comes out the same for every input: Rego sorts null before true and false, these before numbers, numbers before texts, texts before lists, and lists before objects.',
    mend: 'Compare with a value of the field’s type; [the input](../input.md) lists them.',
    example: {
      before: 'deny contains "turns" if input.context.turn_count == "60"',
      after: 'deny contains "turns" if input.context.turn_count == 60',
    },
  },
  argument_missing_silences: {
    severity: 'warning',
    title: 'A denial goes silent without an argument',
    why: 'Arguments are the caller’s. One that is left out makes the condition undefined and the objection does not fire. That is so after `not` too: Rego takes what is referred to out of a call first, so that `not input.action.args.to in xs` and `not is_string(input.action.args.to)` do not fire where `to` is missing.',
    mend: 'Add a body that refuses the call without it: `object.get(input.action.args, "to", null) == null`; for a number, which is compared with `<` or `>`, `not is_number(object.get(input.action.args, "amount", null))`. Lint leaves alone an argument that another objection of the same bundle or of a category asks for with `object.get` or under `not`, for the same tools; one that every tool in question requires by its approved definition (`tool-definitions.yaml`); and a rule whose METADATA says what is meant: `when_missing: silent` or `when_missing: handled_elsewhere` under `custom`.',
    example: {
      before: 'deny contains "amount" if input.action.args.amount > 100',
      after:
        'deny contains "amount" if input.action.args.amount > 100\n\ndeny contains "amount" if not is_number(object.get(input.action.args, "amount", null))',
    },
  },
  argument_order_silences: {
    severity: 'warning',
    title: 'A limit is passed by what is no number',
    why: 'Rego compares any two values: null, false and true come before every number, texts and lists after. A call that leaves the argument out where a default stands in for it, or that sends null or a text, may so be within every limit.',
    mend: 'Add a body that refuses what is no number: `not is_number(object.get(input.action.args, "amount", null))`; in a helper that stands after `not`, ask `is_number(amount)` before the comparison. Lint leaves alone an argument that an objection of the same bundle or of a category refuses so, for the same tools; one whose type every tool in question declares by its approved definition (`tool-definitions.yaml`); and a rule whose METADATA has `when_missing` under `custom`.',
    example: {
      before:
        'deny contains "amount" if {\n\tamount := object.get(input.action.args, "amount", null)\n\tamount > data.policy.resource.amount_max\n}',
      after:
        'deny contains "amount" if input.action.args.amount > data.policy.resource.amount_max\n\ndeny contains "amount" if not is_number(object.get(input.action.args, "amount", null))',
    },
  },
  table_key_missing_silences: {
    severity: 'warning',
    title: 'A denial goes silent where a table has no entry',
    why: 'A table that is indexed by a value it does not list is undefined, and the objection vanishes with it: for the class, model or region that somebody added last.',
    mend: 'Take a default that refuses: `object.get(table, key, [])`. Where only what is listed is meant, make that a condition of its own (`data.policy.x.table[key]`), or say `when_missing: silent` under `custom`. Tables under the name of a tool, server or subagent are left alone: they say which targets the rule is about.',
    example: {
      before:
        'deny contains "residency" if {\n\tsome class in input.action.data_classes_referenced\n\tnot input.action.region in data.policy.compliance.residency[class]\n}',
      after:
        'deny contains "residency" if {\n\tsome class in input.action.data_classes_referenced\n\tnot input.action.region in object.get(data.policy.compliance.residency, class, [])\n}',
    },
  },
  builtin_may_fail: {
    severity: 'warning',
    title: 'A built-in may fail on the caller’s value',
    why: 'Bailiff runs OPA with strict errors: a built-in that fails makes the whole decision unusable, and the call is refused as `argument_unusable` in place of for a reason. An OPA without them passes the rule over, and the objection is gone.',
    mend: 'Ask for the type (`is_string`) or the form (`regex.match` on a pattern of yours) in a condition before it, and refuse anything else in a body of its own.',
    example: {
      before: 'deny contains "sql" if contains(input.action.args.sql, ";")',
      after:
        'deny contains "sql" if {\n\tis_string(input.action.args.sql)\n\tcontains(input.action.args.sql, ";")\n}\n\ndeny contains "sql" if not is_string(object.get(input.action.args, "sql", null))',
    },
  },
  object_get_of_no_object: {
    severity: 'warning',
    title: '`object.get` on what may be no object',
    why: 'Its default stands in for a missing key, not for a missing object: where the first operand is missing it is undefined, and where it is something else the built-in fails.',
    mend: 'Begin at an object that is always there and give a path: the default then stands in for whatever is missing on the way.',
    example: {
      before: 'deny contains "x" if object.get(input.action.args.filter, "all", false)',
      after: 'deny contains "x" if object.get(input.action.args, ["filter", "all"], false)',
    },
    fix: 'Rewrites it with a path, where the operand is an argument that is written out.',
  },
  shape_else: {
    severity: 'warning',
    title: '`else` cannot be explained',
    why: 'OPA’s partial evaluation leaves a rule with `else` as it is, so that what the rule says about a question cannot be put into words.',
    mend: 'Write a body for each case, each with everything that it depends on, or a table in data.',
    example: {
      before: 'limit := 10 if input.agent.scope == "batch" else := 100',
      after: 'limit := object.get(data.policy.workflow.limits, input.agent.scope, 100)',
    },
  },
  shape_router: {
    severity: 'warning',
    title: 'A comprehension that goes through other documents cannot be explained',
    why: 'Partial evaluation saves the whole comprehension: which documents take part cannot be told.',
    mend: 'Collect with a rule: each element then has its own condition.',
    example: {
      before: 'deny contains "x" if count({f | f := data.policy.workflow.checks[_].failed}) > 0',
      after:
        'failed contains f if some f in data.policy.workflow.checks.amount.failed\n\ndeny contains "x" if count(failed) > 0',
    },
  },
  shape_interpolated: {
    severity: 'warning',
    title: 'A text is put together in a head',
    why: 'A text that depends on the call keeps the head from being constant. It cannot be explained, and where a part of it is missing the rule does not fire.',
    mend: 'Keep the fields of a head constant or take them from data; what people read stands in METADATA.',
  },
  shape_opaque: {
    severity: 'warning',
    title: 'A condition that has no words',
    why: '`walk`, JSON inside of text, JWTs and `with` leave nothing of which a sentence could be made.',
    mend: 'Have the fact worked out before, as input or data, or compare the fields one by one.',
  },
  override_dropped: {
    severity: 'error',
    title: 'An override lifts nothing',
    why: 'The builder drops an override that is malformed, lasts too long, lacks approvers, or names a rule that does not exist, is no denial or may not be lifted. Whoever counts on it finds out at the first call.',
    mend: 'Mend what the finding says, or remove it; [override](../override.md) says what one needs.',
  },
  override_expired: {
    severity: 'warning',
    title: 'An override is over',
    why: 'It lifts nothing any more, and hides those that do.',
    mend: 'Remove it. A new one needs a new approval.',
  },
  mode_without_end: {
    severity: 'warning',
    title: 'A rule is not in force, for nobody knows how long',
    why: 'A rule that is watched or off protects nobody, and one in its canary protects few. Without `watch_until` nothing reminds of it.',
    mend: 'Name a day under `custom`, or enforce the rule.',
    example: { before: '#   mode: watch', after: '#   mode: watch\n#   watch_until: 2027-03-31' },
  },
  canary_covers_nobody: {
    severity: 'warning',
    title: 'A canary covers nobody',
    why: 'A share of 0 without teams is nobody, and so is a team that owns no registered agent. What is in such a canary is in force for nobody, while everyone believes that it is being tried.',
    mend: 'Give `share` a number above 0, or name a team as `owner_team` of a registered agent has it.',
    example: { before: '#   canary: { share: 0 }', after: '#   canary: { share: 0.05 }' },
  },
  mode_overdue: {
    severity: 'error',
    title: 'A rule should be in force by now',
    why: 'The day until which it was to be in its canary, watched or off has passed.',
    mend: 'Enforce it by removing `mode` and `watch_until`, remove the rule, or name a later day with a reason.',
  },
  suggestion_unusable: {
    severity: 'error',
    title: 'A suggestion is about what no agent can change',
    why: 'A suggested change is shown after it was decided again to allow. Only arguments and the model are changed for that: a suggestion about anything else is never shown, to nobody’s notice.',
    mend: 'Name an argument, `action.args.<name>`, or `action.model`.',
    example: {
      before: '#   suggest: [{ change: { action.arg.rows: 50 } }]',
      after: '#   suggest: [{ change: { action.args.rows: 50 } }]',
    },
  },
  data_unread: {
    severity: 'warning',
    title: 'Data that nothing reads has nearly the name of what is read',
    why: 'Rules of the library are configured under `library`. Under a misspelt key the configuration holds for nothing, and the values that ship stay in force.',
    mend: 'Correct the key.',
    example: {
      before: 'libary: { identical_calls: { max: { default: 3 } } }',
      after: 'library: { identical_calls: { max: { default: 3 } } }',
    },
  },
  data_no_collection: {
    severity: 'error',
    title: 'Data in which a rule looks for elements is no collection',
    why: 'In one text, a number or nothing there is no element: `in` never holds and `not … in` always does, without a word.',
    mend: 'Put the value between brackets.',
    example: { before: 'secret_words: password', after: 'secret_words: [password]' },
  },
  test_always_holds: {
    severity: 'warning',
    title: 'A condition of a test holds whatever the rules do',
    why: 'A rule set is there even where no rule adds to it, so that naming it alone shows nothing: the test passes with the rule removed.',
    mend: 'Say which rule is in the set, or is not.',
    example: {
      before: 'test_many_rows if compliance.deny with input.action.args.rows as 51',
      after: 'test_many_rows if "rows" in compliance.deny with input.action.args.rows as 51',
    },
  },
  test_never_runs: {
    severity: 'warning',
    title: 'A rule of a test file is run by nothing',
    why: '`opa test` runs the rules whose name begins with `test_`. Another one is for tests to refer to; where none does, it looks like a test and passes whatever the rules do.',
    mend: 'Begin its name with `test_`. A test that is to wait begins with `todo_test_`.',
    example: {
      before: 'many_rows_test if "rows" in compliance.deny with input.action.args.rows as 51',
      after: 'test_many_rows if "rows" in compliance.deny with input.action.args.rows as 51',
    },
  },
  test_ships: {
    severity: 'warning',
    title: 'A test stands in a file that ships',
    why: 'Files called `*_test.rego` are tests; all others are in every release. A test among the rules ships with them, and is not counted where lint asks which rules are tested.',
    mend: 'Move it to a file called `*_test.rego`. A rule that is no test and that another one refers to may keep its name.',
    example: {
      before: '# compliance.rego\ntest_many_rows if "rows" in deny with input.action.args.rows as 51',
      after:
        '# compliance_test.rego\ntest_many_rows if "rows" in compliance.deny with input.action.args.rows as 51',
    },
  },
  test_firing_missing: {
    severity: 'warning',
    title: 'No test shows the rule firing',
    why: 'Whether the rule ever does what its title says was never tried. It is told from the text of the bundle’s own tests: a condition that names the rule’s id, in a test that reads its rule set or calls a function of the test’s package.',
    mend: 'Add a test with an input that the rule is about.',
    example: {
      before: '# no test names "rows"',
      after: 'test_many_rows if "rows" in compliance.deny with input.action.args.rows as 51',
    },
  },
  test_silence_missing: {
    severity: 'warning',
    title: 'No test shows the rule staying silent',
    why: 'A rule that always fires passes every test in which it should. Its id after `not`, its set said to hold other ids alone, or to be empty, shows that it stays silent.',
    mend: 'Add a test with an input as close as possible to one at which it fires.',
    example: {
      before: '# no test says when "rows" does not fire',
      after: 'test_few_rows if not "rows" in compliance.deny with input.action.args.rows as 50',
    },
  },
};
