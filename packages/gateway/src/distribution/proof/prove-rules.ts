import type { RuleKind } from '@bailiff/contract';
import { AS_WRITTEN, isFired, type ObservedRule, type Switches } from './observed-modules.ts';

/** What evaluates a plan whose rules can be switched. */
export interface ObservingEngine {
  evaluate(entrypoint: string, switches: Switches, how: EvaluatedHow): ObservedEvaluation;
}

/** With what an entrypoint is evaluated. */
export interface EvaluatedHow {
  readonly inputText?: string | undefined;
  /** Whether the error of a built-in fails it, and does not merely make its expression undefined. */
  readonly isStrict: boolean;
}

export interface ObservedEvaluation {
  /** The value’s JSON; undefined where there is none, because it is undefined or could not be evaluated. */
  readonly text: string | undefined;
  /** Definitions that held, as `<file>:<row>` of their heads, and by the names of their rules. */
  fired(): ReadonlySet<string>;
}

/** A test or a case: something that holds of the release as it is written, and may no longer when a rule is switched. */
export interface Probe {
  /** For people. */
  readonly name: string;
  readonly entrypoint: string;
  readonly inputText?: string;
  /** Whether the error of a built-in always fails it. */
  readonly isStrict: boolean;
  /** Whether what it says holds. `written` is what it evaluates to when nothing is switched. */
  holds(value: string | undefined, written: string | undefined): boolean;
}

/** What tests show of one rule. */
export interface RuleProof {
  readonly rule: ObservedRule;
  /** A probe that fails when the rule never fires; undefined where every one holds all the same. */
  readonly firesIn: string | undefined;
  /** Probes in which it fires, whether or not they say so. */
  readonly fired: readonly string[];
  /** A probe that fails when the rule always fires; undefined where every one holds all the same. */
  readonly silentIn: string | undefined;
}

/** What probes show of all rules. */
export interface RuleProofs {
  readonly proofs: readonly RuleProof[];
  /** Names of probes that do not hold in this engine, so that they show nothing. */
  readonly notHeld: readonly string[];
}

/** A probe that holds, and what fired in it. */
interface Held {
  readonly probe: Probe;
  readonly how: EvaluatedHow;
  readonly written: string | undefined;
  readonly fired: ReadonlySet<string>;
}

/**
 * For each rule, which probe shows it firing and which shows it staying silent: it is muted, then forced, and a probe shows what it
 * does not hold without. Every probe is evaluated once as it is written; one that does not hold then shows nothing.
 * `pause` is waited for between probes; what it throws ends it.
 */
export async function proveRules(
  rules: readonly ObservedRule[],
  probes: readonly Probe[],
  { engine, pause }: { readonly engine: ObservingEngine; readonly pause: () => Promise<void> },
): Promise<RuleProofs> {
  const held: Held[] = [];
  const notHeld: string[] = [];
  for (const probe of probes) {
    await pause();
    const found = heldBy(probe, engine);
    if (found === undefined) notHeld.push(probe.name);
    else held.push(found);
  }
  const failsWith = ({ probe, how, written }: Held, switches: Switches) =>
    !probe.holds(engine.evaluate(probe.entrypoint, switches, how).text, written);
  const silent = new Map<ObservedRule, string>();
  for (const set of Map.groupBy(rules, setOf).values()) {
    await pause();
    for (const [rule, name] of await silentOf(set, held, { failsWith, pause })) silent.set(rule, name);
  }
  const proofs = await Promise.all(
    rules.map(async (rule) => {
      await pause();
      const firing = held.filter(({ fired }) => isFired(rule, fired));
      const shown = firing.find((one) => failsWith(one, { muted: [rule], forced: [] }));
      return {
        rule,
        firesIn: shown?.probe.name,
        fired: firing.map(({ probe }) => probe.name),
        silentIn: silent.get(rule),
      };
    }),
  );
  return { proofs, notHeld };
}

/**
 * A probe that holds. Strictly, as decisions are made, where it holds so as well: `opa test` is lenient, and an engine that has to be both
 * takes longer to make ready.
 */
function heldBy(probe: Probe, engine: ObservingEngine): Held | undefined {
  for (const isStrict of probe.isStrict ? [true] : [true, false]) {
    const how = { inputText: probe.inputText, isStrict };
    const { text: written, fired } = engine.evaluate(probe.entrypoint, AS_WRITTEN, how);
    if (probe.holds(written, written)) return { probe, how, written, fired: fired() };
  }
  return undefined;
}

function setOf({ bundle, kind }: ObservedRule): `${string}/${RuleKind}` {
  return `${bundle}/${kind}`;
}

interface Asking {
  readonly failsWith: (held: Held, switches: Switches) => boolean;
  readonly pause: () => Promise<void>;
}

/**
 * Which probe shows each rule of one set staying silent. A probe that holds with all rules forced at once shows none of them, so that
 * most are asked once; of any other the rules are halved until each stands alone.
 */
async function silentOf(
  rules: readonly ObservedRule[],
  held: readonly Held[],
  { failsWith, pause }: Asking,
): Promise<ReadonlyMap<ObservedRule, string>> {
  const shown = new Map<ObservedRule, string>();
  const [first] = rules;
  if (first === undefined) return shown;
  const noticed = (one: Held, forced: readonly ObservedRule[]): readonly ObservedRule[] => {
    if (forced.length === 0 || !failsWith(one, { muted: [], forced })) return [];
    if (forced.length === 1) return forced;
    const middle = forced.length >> 1;
    return [...noticed(one, forced.slice(0, middle)), ...noticed(one, forced.slice(middle))];
  };
  for (const one of held.filter(({ fired }) => fired.has(first.seen))) {
    await pause();
    const left = rules.filter((rule) => !shown.has(rule));
    if (left.length === 0) break;
    for (const rule of noticed(one, left)) shown.set(rule, one.probe.name);
  }
  return shown;
}
