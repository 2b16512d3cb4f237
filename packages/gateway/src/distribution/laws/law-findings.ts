import type { JsonObject, Release } from '@bailiff/contract';
import { bundleOfRule } from '../composition/bundle-of-rule.ts';
import type { PreflightAnswer, PreflightEngine } from '../delivery/preflight-engine.ts';
import { compare } from '../finding.ts';
import { isObject } from '../sources/document.ts';
import { ENTITLEMENTS, emptied } from './entitlements.ts';
import { unexplained } from './explained.ts';
import { factPlacesOf, withValueAt } from './places.ts';
import { reachedBy } from './reached-by.ts';
import { widthOf } from './width.ts';
import { withoutOverrides } from './without-overrides.ts';

/** The laws that a composed release is tried by. The kernel keeps them; what bundles write may break them. */
export const RELEASE_LAWS = {
  entitlement: 'Emptying what entitles never turns a denial into an allow.',
  override: 'Removing overrides never opens anything.',
  explained:
    'An outcome follows from objections, demands and grants: affirmations and watched rules change none.',
  malformed: 'An input that misses a field, or has null for one, is never allowed.',
} as const;
export type ReleaseLaw = keyof typeof RELEASE_LAWS;

/** One input by which a release breaks a law. */
export interface LawFinding {
  readonly law: ReleaseLaw;
  /** For people: what was changed, and what came of it. */
  readonly detail: string;
  /** Rules that made the difference, as far as any did, by id. */
  readonly rules: readonly string[];
  /** Bundles of these rules, by name. Empty where no rule made it. */
  readonly bundles: readonly string[];
  /** The changed input, by which it can be seen again. */
  readonly inputText: string;
}

/** What came of trying a release by the laws. */
export interface LawReport {
  /** `skipped` where there was no input to try, or one of what is compared could not be decided at all: then nothing is known. */
  readonly outcome: 'passed' | 'failed' | 'skipped';
  readonly detail: string;
  /** At most `FINDINGS_MAX` of each law. */
  readonly findings: readonly LawFinding[];
  /** Bundles of all findings, by name. */
  readonly blamed: readonly string[];
  /** Inputs that were decided, variants included. */
  readonly tried: number;
}

/** Inputs that are tried at most, each with its variants; further ones are left out. */
const INPUTS_MAX = 300;
/** Findings of one law. More of them say no more. */
export const FINDINGS_MAX = 10;
/** Facts that are taken away of each input; all inputs together go through all facts. */
const MALFORMED_EACH = 3;
/** Overrides that are given calls which they cover, and such calls for each. */
const REACHED = { overridesMax: 40, callsEach: 3 } as const;

/** One decided input, and what it is a variant of. */
interface Tried {
  readonly law: ReleaseLaw;
  readonly text: string;
  /** What was changed, as the beginning of a sentence. */
  readonly changed: string;
  /** What the unchanged input was decided to be. */
  readonly before: PreflightAnswer;
}

/**
 * Tries the laws on a release with inputs as JSON texts, whole ones; what is no JSON object is left out.
 * @throws what `decideAll` throws; Failure `bundle_invalid` where the release cannot be unpacked.
 */
export async function lawFindings(
  release: Release,
  decideAll: PreflightEngine['decideAll'],
  { inputTexts, signal }: { readonly inputTexts: readonly string[]; readonly signal: AbortSignal },
): Promise<LawReport> {
  const given = inputTexts.slice(0, INPUTS_MAX).flatMap(inputOf);
  const inputs = [...given, ...coveredCalls(release, given)];
  if (inputs.length === 0)
    return { outcome: 'skipped', detail: 'There is no input to try.', findings: [], blamed: [], tried: 0 };
  const texts = inputs.map((input) => JSON.stringify(input));
  const answers = await answersTo(texts, (all) => decideAll(release, all, signal));
  const findings = inputs.flatMap((input, position) =>
    unexplained(release, input, answers[position] ?? UNANSWERED).map(({ detail, rules }) =>
      findingOf('explained', detail, { rules, inputText: texts[position] ?? '' }),
    ),
  );
  const variants = inputs.flatMap((input, position) =>
    variantsOf(input, { before: answers[position] ?? UNANSWERED, position }),
  );
  const varied = await answersTo(
    variants.map(({ text }) => text),
    (all) => decideAll(release, all, signal),
  );
  for (const [position, variant] of variants.entries())
    findings.push(...broken(release, variant, varied[position] ?? UNANSWERED));
  let tried = texts.length + variants.length;
  const gaps: (string | undefined)[] = [
    gapIn('the unchanged inputs', answers),
    gapIn(
      'the inputs without what entitles',
      varied.filter((_, position) => {
        const variant = variants[position];
        return variant?.law === 'entitlement' && variant.before.kind === 'decided';
      }),
    ),
  ];
  if (release.data.overrides.length > 0) {
    const bare = await withoutOverrides(release);
    const without = await answersTo(texts, (all) => decideAll(bare, all, signal));
    tried += texts.length;
    const comparable = without.filter((_, position) => answers[position]?.kind === 'decided');
    gaps.push(gapIn('the release without overrides', comparable));
    for (const [position, text] of texts.entries()) {
      const before = answers[position] ?? UNANSWERED;
      const trial = { law: 'override', text, before, changed: 'Without any override' } as const;
      findings.push(...broken(release, trial, without[position] ?? UNANSWERED));
    }
  }
  const undecided = answers.filter(({ kind }) => kind === 'failed').length;
  return reportOf(findings, { tried, undecided, gap: gaps.find((gap) => gap !== undefined) });
}

/** Says of what nothing was decided, although it was asked for; undefined where anything was. */
function gapIn(what: string, answers: readonly PreflightAnswer[]): string | undefined {
  const [first] = answers;
  if (first?.kind !== 'failed' || answers.some(({ kind }) => kind === 'decided')) return undefined;
  return `Nothing is known of the laws: none of ${answers.length} calls could be decided for ${what} (${first.detail}).`;
}

const UNANSWERED: PreflightAnswer = { kind: 'failed', detail: 'There is no answer.' };

function inputOf(text: string): JsonObject[] {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? [value] : [];
  } catch {
    return [];
  }
}

/** Calls like the given ones that overrides of the release cover, while they last. */
function coveredCalls(release: Release, inputs: readonly JsonObject[]): JsonObject[] {
  return release.data.overrides
    .slice(0, REACHED.overridesMax)
    .flatMap((override) => inputs.slice(0, REACHED.callsEach).map((input) => reachedBy(override, input)));
}

async function answersTo(
  texts: readonly string[],
  decideAll: (texts: readonly string[]) => Promise<readonly PreflightAnswer[]>,
): Promise<readonly PreflightAnswer[]> {
  if (texts.length === 0) return [];
  const answers = await decideAll(texts);
  if (answers.length !== texts.length) throw new Error('An input has no answer.');
  return answers;
}

function variantsOf(
  input: JsonObject,
  { before, position }: { readonly before: PreflightAnswer; readonly position: number },
): Tried[] {
  const places = factPlacesOf(input);
  const malformed = Array.from({ length: Math.min(MALFORMED_EACH, places.length) }, (_, index): Tried => {
    const turn = position * MALFORMED_EACH + index;
    const place = places[turn % places.length] ?? '';
    // Each round through the places takes turns, so that in the end every fact was absent and was null.
    const isNull = (turn + Math.floor(turn / places.length)) % 2 === 0;
    const text = JSON.stringify(withValueAt(input, place, isNull ? null : undefined));
    const changed = `With ${place} ${isNull ? 'null' : 'absent'}`;
    return { law: 'malformed', text, before, changed };
  });
  // What is allowed already cannot be opened.
  if (widthOf(before) === 2) return malformed;
  const all = ENTITLEMENTS.reduce<JsonObject>((rest, { without }) => emptied(rest, without), input);
  const each = ENTITLEMENTS.map(({ name, without }) => ({ name, changed: emptied(input, without) }));
  return [
    ...malformed,
    ...[...each, { name: 'anything that entitles', changed: all }].map(
      ({ name, changed }): Tried => ({
        law: 'entitlement',
        text: JSON.stringify(changed),
        before,
        changed: `Without ${name}`,
      }),
    ),
  ];
}

function broken(
  release: Release,
  { law, text, changed, before }: Tried,
  after: PreflightAnswer,
): LawFinding[] {
  const isBroken = law === 'malformed' ? widthOf(after) > 0 : widthOf(after) > widthOf(before);
  if (!isBroken) return [];
  const rules = law === 'malformed' ? rulesOf(after) : openingRules(release, before, after);
  const detail = `${changed}, a call that was ${toldOf(before)} is ${toldOf(after)}.`;
  return [findingOf(law, detail, { rules, inputText: text })];
}

const rulesOf = (answer: PreflightAnswer) => (answer.kind === 'decided' ? answer.rules : []);

/** Objections and demands that are gone, and grants that came; where there are none, every rule that differs. */
function openingRules(release: Release, before: PreflightAnswer, after: PreflightAnswer): readonly string[] {
  const [old, now] = [new Set(rulesOf(before)), new Set(rulesOf(after))];
  const kindOf = (id: string) => release.rules.get(id)?.kind;
  const gone = [...old.difference(now)];
  const came = [...now.difference(old)];
  const opening = [
    ...gone.filter((id) => kindOf(id) === 'deny' || kindOf(id) === 'require_approval'),
    ...came.filter((id) => kindOf(id) === 'allow'),
  ];
  return (opening.length > 0 ? opening : [...gone, ...came]).sort(compare);
}

function toldOf(answer: PreflightAnswer): string {
  if (answer.kind === 'failed') return 'not decided';
  switch (answer.outcome) {
    case 'allow':
      return 'allowed';
    case 'deny':
      return `denied (${answer.reasons.join(', ')})`;
    case 'approval_required':
      return 'held for approval';
  }
}

function findingOf(
  law: ReleaseLaw,
  what: string,
  { rules, inputText }: { readonly rules: readonly string[]; readonly inputText: string },
): LawFinding {
  const bundles = [...new Set(rules.map(bundleOfRule))].sort(compare);
  const by = rules.length === 0 ? '' : ` Rules that made the difference: ${rules.join(', ')}.`;
  return { law, detail: `${RELEASE_LAWS[law]} ${what}${by}`, rules, bundles, inputText };
}

interface Tries {
  readonly tried: number;
  /** Unchanged inputs that could not be decided, so that little follows from their variants. */
  readonly undecided: number;
  /** What could not be tried at all. */
  readonly gap: string | undefined;
}

function reportOf(all: readonly LawFinding[], { tried, undecided, gap }: Tries): LawReport {
  const findings = [...Map.groupBy(all, ({ law }) => law).values()].flatMap((same) =>
    same.slice(0, FINDINGS_MAX),
  );
  const blamed = [...new Set(all.flatMap(({ bundles }) => bundles))].sort(compare);
  const [first] = findings;
  if (first !== undefined) return { outcome: 'failed', detail: first.detail, findings, blamed, tried };
  if (gap !== undefined) return { outcome: 'skipped', detail: gap, findings, blamed, tried };
  const but = undecided === 0 ? '' : ` ${undecided} that were unchanged could not be decided.`;
  return { outcome: 'passed', detail: `The laws hold for ${tried} inputs.${but}`, findings, blamed, tried };
}
