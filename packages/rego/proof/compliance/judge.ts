import { canonicalText, type ExactJson, readExactJson, valueText } from '../exact-json.ts';
import type { ComplianceCase } from './cases.ts';

/** What packages/rego made of a case. */
export type CaseOutcome =
  /** The result set: JSON texts of objects of bindings. */
  | { readonly kind: 'results'; readonly texts: readonly string[] }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string }
  /** The plan needs what is not claimed. */
  | { readonly kind: 'unsupported'; readonly names: readonly string[] };

/** Why an outcome is not the one wanted, by the case and by OPA's evaluator to the letter; undefined where it is. */
export function judge(test: ComplianceCase, outcome: CaseOutcome): string | undefined {
  if (outcome.kind === 'unsupported') return `not claimed: ${outcome.names.join(', ')}`;
  const { wants, opaError } = test;
  const wantsFailure = wants.error !== undefined || wants.errorCode !== undefined;
  if (outcome.kind === 'failed') {
    const got = `${outcome.code}: ${withoutPlaces(outcome.message)}`;
    if (!wantsFailure) return `fails: ${got}`;
    // The case wants part of a text; OPA's own text is what is compared, so all of it.
    const wanted = `${opaError?.code}: ${withoutPlaces(opaError?.message ?? '')}`;
    return got === wanted ? undefined : `fails otherwise:\n  want ${wanted}\n  got  ${got}`;
  }
  if (wantsFailure) return `answers, where it should fail: ${wants.errorCode ?? ''} ${wants.error ?? ''}`;
  return judgeResults(test, outcome.texts.map(readBindings));
}

function judgeResults({ wants, opaResults }: ComplianceCase, got: readonly ExactJson[]): string | undefined {
  if (wants.defined !== undefined && wants.defined !== got.length > 0) {
    return `want ${wants.defined ? 'defined' : 'undefined'}, got ${textOf(got, canonicalText)}`;
  }
  if (wants.results !== undefined) {
    const order = wants.anyOrder ? inAnyOrder : asItIs;
    const difference = differ(order(wants.results), order(got), valueText);
    if (difference !== undefined) return `another value:\n${difference}`;
  }
  const order = wants.anyOrder ? inAnyOrder : asItIs;
  const difference = differ(order(opaResults), order(got), canonicalText);
  return difference === undefined ? undefined : `not to the letter what OPA gives:\n${difference}`;
}

/** OPA lists the values of a conflict with the files and rows they come from, and a plan keeps no row of the first one. */
function withoutPlaces(message: string): string {
  return message.replace(/:\n {2}[\s\S]* at \S+:\d+$/, '');
}

/** The bindings of one result, without those that a plan makes for itself. */
function readBindings(text: string): ExactJson {
  const bindings = readExactJson(text) as { readonly [name: string]: ExactJson };
  return Object.fromEntries(Object.entries(bindings).filter(([name]) => !/^(\^|\$|__local)/.test(name)));
}

type Write = (value: ExactJson) => string;

function differ(want: readonly ExactJson[], got: readonly ExactJson[], write: Write): string | undefined {
  const [wanted, gotten] = [textOf(want, write), textOf(got, write)];
  return wanted === gotten ? undefined : `  want ${wanted}\n  got  ${gotten}`;
}

/** A result set as one text: neither order nor repetition matters. */
function textOf(results: readonly ExactJson[], write: Write): string {
  return [...new Set(results.map(write))].sort().join(' ');
}

const asItIs = (results: readonly ExactJson[]): readonly ExactJson[] => results;

/** Results whose bindings are arrays, these sorted. */
function inAnyOrder(results: readonly ExactJson[]): readonly ExactJson[] {
  return results.map((bindings) =>
    Object.fromEntries(
      Object.entries(bindings as { readonly [name: string]: ExactJson }).map(([name, value]) => [
        name,
        Array.isArray(value) ? value.toSorted((a, b) => (valueText(a) < valueText(b) ? -1 : 1)) : value,
      ]),
    ),
  );
}
