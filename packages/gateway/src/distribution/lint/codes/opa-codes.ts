import type { CodePage } from './code-page.ts';

/** Codes that OPA gives its errors, and what is taken over from Regal. */
export const OPA_CODES: Readonly<Record<string, CodePage>> = {
  rego_parse_error: {
    severity: 'error',
    title: 'The file is no Rego',
    why: 'OPA cannot read the file, so nothing in it can be checked, and no release is built of it.',
    mend: 'Correct the syntax at the row that is named. `opa fmt` shows the same.',
  },
  rego_compile_error: {
    severity: 'error',
    title: 'OPA does not compile the rule',
    why: 'Strict mode refuses what is hardly meant as well: imports and variables that nothing uses, names that hide `input` or `data`.',
    mend: 'Do what OPA says.',
    example: {
      before: 'import data.policy.identity # and nothing uses `identity`',
      after: '# no import',
    },
    fix: 'Removes an import that nothing uses.',
  },
  rego_type_error: {
    severity: 'error',
    title: 'Types do not fit',
    why: 'A built-in is called with something that it never takes, or a function that is not there.',
    mend: 'Correct the call.',
  },
  rego_unsafe_var_error: {
    severity: 'error',
    title: 'A variable has no value',
    why: 'Nothing says what the variable is, so the condition cannot be evaluated. Often it is a misspelt name.',
    mend: 'Declare it with `some`, assign it with `:=`, or correct its spelling.',
  },
  rego_recursion_error: {
    severity: 'error',
    title: 'A rule depends on itself',
    why: 'Rego has no recursion, so that every evaluation ends.',
    mend: 'Work the value out in steps, or keep it in data.',
  },
  opa_refused: {
    severity: 'error',
    title: 'OPA refuses it',
    why: 'OPA gave no code of its own.',
    mend: 'Do what OPA says.',
  },
  regal: {
    severity: 'warning',
    title: 'Regal has a remark',
    why: '[Regal](https://www.openpolicyagent.org/projects/regal) lints Rego in general, and is run where it is installed. Its remarks are warnings, and `--strict` does not count them, so that nothing is refused on one machine and accepted on another.',
    mend: 'Follow the link that is named. `.regal/config.yaml` turns rules of Regal off; `--no-regal` leaves it out. Rules of Regal that know less of a release than the builder does are not asked: `unresolved-reference`, `no-defined-entrypoint`, `directory-package-mismatch`, `ambiguous-scope`, `ignored-import`.',
  },
};
