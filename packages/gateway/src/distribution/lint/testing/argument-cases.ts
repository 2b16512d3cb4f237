import { type LintCase, REQUIRED, rule } from './condition-cases.ts';

const AMOUNT = 'amount := object.get(input.action.args, "amount", null)';
const NO_NUMBER = rule(`not is_number(object.get(input.action.args, "amount", null))`);
const DECLARED = { crm: { pay: { properties: { amount: { type: 'integer' } }, required: ['amount'] } } };

/** Of limits on what the caller sends. */
export const ARGUMENT_CASES: readonly LintCase[] = [
  {
    code: 'argument_order_silences',
    what: 'a limit that a missing argument passes by its default',
    rego: rule(`${AMOUNT}\namount > 100`),
    says: '`input.action.args.amount`',
    but: { rego: `${rule(`${AMOUNT}\namount > 100`)}\n\n${NO_NUMBER.replace('META\n', '')}` },
  },
  {
    code: 'argument_order_silences',
    what: 'a negated comparison with a default',
    rego: rule(`${AMOUNT}\nnot amount <= 100`),
    but: { rego: rule('count(object.get(input.action.args, "paths", [])) > 100') },
  },
  {
    code: 'argument_order_silences',
    what: 'a default that is within the limit',
    rego: rule('object.get(input.action.args, "amount", 0) > 100'),
    but: {
      rego: rule('input.action.tool == "crm.pay"\nobject.get(input.action.args, "amount", 0) > 100'),
      tools: DECLARED,
    },
  },
  {
    code: 'argument_order_silences',
    what: 'a number that is asked for, while nothing refuses what is none',
    rego: rule(`${AMOUNT}\nis_number(amount)\namount > 100`),
    says: 'nothing refuses it',
    but: { rego: rule(`${AMOUNT}\nis_number(amount)\namount > 100`, '{when_missing: silent}') },
  },
  {
    code: 'argument_order_silences',
    what: 'a helper after `not` that takes null for a small number',
    rego: `${rule('not is_small')}\n\nis_small if {\n\t${AMOUNT}\n\tamount <= 100\n}`,
    but: {
      rego: `${rule('not is_small')}\n\nis_small if {\n\t${AMOUNT}\n\tis_number(amount)\n\tamount <= 100\n}`,
    },
  },
  {
    code: 'argument_order_silences',
    what: 'a helper that the rule needs',
    rego: `${rule('is_large')}\n\nis_large if {\n\t${AMOUNT}\n\tis_number(amount)\n\tamount > 100\n}`,
    but: {
      rego: `${rule('is_large')}\n\n${rule('not is_known').replace('"x"', '"y"')}\n\nis_large if {\n\t${AMOUNT}\n\tamount > 100\n}\n\nis_known if is_number(input.action.args.amount)`,
    },
  },
  {
    code: 'argument_order_silences',
    what: 'what is no number of another tool',
    rego: `${rule(`input.action.tool_name == "pay"\n${AMOUNT}\namount > 100`)}\n\n${rule('input.action.tool_name == "read"\nnot is_number(object.get(input.action.args, "amount", null))').replace('"x"', '"y"')}`,
    but: {
      rego: `${rule(`input.action.tool_name == "pay"\n${AMOUNT}\namount > 100`)}\n\n${rule('input.action.tool == "crm.pay"\nnot is_number(object.get(input.action.args, "amount", null))').replace('"x"', '"y"')}`,
    },
  },
  {
    code: 'argument_order_silences',
    what: 'an element of a list, and a text that is compared with one',
    rego: rule('some amount in input.action.args.amounts\namount > 100'),
    but: { rego: rule('some amount in input.action.args.amounts\nis_number(amount)\namount > 100') },
  },
  {
    code: 'argument_order_silences',
    what: 'a required argument that may be null',
    rego: rule('input.action.tool == "crm.read"\ninput.action.args.id > 5'),
    says: 'compared all the same',
    tools: REQUIRED,
    but: { rego: rule('input.action.tool == "crm.read"\ninput.action.args.id > "m"'), tools: REQUIRED },
  },
];
