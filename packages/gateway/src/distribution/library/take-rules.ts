import type { BundleManifest, JsonObject, TakenRule } from '@bailiff/contract';
import type { Finding } from '../finding.ts';
import { type BundleSubject, bundleRootOf } from '../sources/bundle-name.ts';
import { isObject, type SourceDocument } from '../sources/document.ts';
import { canaryMisfit } from '../sources/words/canary-misfit.ts';
import { nearestName } from '../sources/words/nearest-name.ts';
import { mistypedValues } from './mistyped-values.ts';
import { ruleIdsIn, withSaid } from './said-of-rules.ts';
import { type ShippedRule, shippedRule, shippedRules } from './shipped-rules.ts';

/** A bundle that takes rules. */
export interface Taker {
  readonly subject: BundleSubject;
  readonly manifest: BundleManifest;
  readonly manifestDocument: SourceDocument;
  readonly data: JsonObject;
  readonly dataDocument: SourceDocument | undefined;
  /** Paths of its own files. */
  readonly files: readonly string[];
}

/** What a bundle has of the library. */
export interface TakenRules {
  /** Path in the bundle, `library/<rule>/<file>`, and text: written for the bundle’s own package. */
  readonly files: readonly (readonly [path: string, text: string])[];
  /** The bundle’s data with the configuration of what it takes: its own, and the library’s for keys that it leaves out. */
  readonly data: JsonObject;
  readonly findings: readonly Finding[];
}

/**
 * Takes the rules that a bundle lists under `library`, rewritten for its package. Refuses names that the library does not have,
 * rules of another category, rules that lie in the bundle’s own folder as well, and configuration that no rule reads or that is of another type.
 */
export async function takeRules(taker: Taker): Promise<TakenRules> {
  const { manifest, subject, data } = taker;
  const names = Object.keys(manifest.library);
  const configured = isObject(data.library) ? data.library : {};
  if (names.length === 0 && data.library === undefined) return { files: [], data, findings: [] };
  const shipped = await shippedRules();
  const findings: Finding[] = [...unreadConfiguration(taker, shipped)];
  const files: (readonly [string, string])[] = [];
  const merged: Record<string, JsonObject[string]> = { ...configured };
  for (const name of names) {
    const refusal = refusalOf(name, taker, shipped);
    const category = shipped.get(name);
    if (refusal !== undefined || category === undefined) {
      if (refusal !== undefined) findings.push(refusal);
      continue;
    }
    const read = await shippedRule(name, category);
    if (read.kind === 'refused') {
      findings.push(...read.findings);
      continue;
    }
    const said = manifest.library[name] ?? {};
    for (const [file, text] of read.value.files) {
      const owned = file.endsWith('_test.rego') ? text : withSaid(text, { owner: manifest.owner, said });
      files.push([`library/${name}/${file}`, inPackage(owned, category, bundleRootOf(subject))]);
    }
    const own = configured[name];
    findings.push(...unknownKeys(read.value, own, taker), ...unknownIds(read.value, said, taker));
    findings.push(...canaryFindings(name, said, taker));
    findings.push(...mistypedValues(read.value, own, taker.dataDocument));
    merged[name] = { ...read.value.defaults, ...(isObject(own) ? own : {}) };
  }
  return { files, data: { ...data, library: merged }, findings };
}

/** Why a rule cannot be taken under its name here. */
function refusalOf(name: string, taker: Taker, shipped: ReadonlyMap<string, string>): Finding | undefined {
  const { subject, files, manifestDocument: document } = taker;
  const at = { file: document.file, row: document.rowOf(['library', name]) };
  const category = shipped.get(name);
  if (category === undefined) {
    const near = nearestName(name, [...shipped.keys()]);
    return {
      ...at,
      code: 'library_rule_unknown',
      detail: `The library has no \`${name}\`.`,
      mend: `${near === undefined ? '' : `Did you mean \`${near}\`? `}docs/library.md lists what it has.`,
    };
  }
  const own = subject.kind === 'category' || subject.kind === 'team' ? subject.category : category;
  if (own !== category) {
    return {
      ...at,
      code: 'library_rule_misplaced',
      detail: `\`${name}\` is a rule of ${category}, and this is a bundle of ${own}.`,
      mend: `Take it in the bundle of ${category}, or in that of a server or subagent.`,
    };
  }
  if (!files.some((file) => file.startsWith(`library/${name}/`))) return undefined;
  return {
    ...at,
    code: 'library_rule_twice',
    detail: `\`${name}\` is taken from the library, and lies in this bundle’s \`library/${name}\` too.`,
    mend: 'Remove the folder to have the library’s, or the entry to have your own.',
  };
}

/** Configuration below `library` that belongs to no rule which the bundle has. */
function unreadConfiguration(
  { manifest, data, dataDocument, files }: Taker,
  shipped: ReadonlyMap<string, string>,
): Finding[] {
  const { library } = data;
  if (library === undefined || dataDocument === undefined) return [];
  if (!isObject(library)) {
    const row = dataDocument.rowOf(['library']);
    const words = { detail: '`library` holds an object per rule.', mend: 'Put each under the rule’s name.' };
    return [{ file: dataDocument.file, row, code: 'data_invalid', ...words }];
  }
  return Object.entries(library).flatMap(([name, value]): Finding[] => {
    const row = dataDocument.rowOf(['library', name]);
    const isTaken = Object.hasOwn(manifest.library, name);
    if (isTaken && !isObject(value)) {
      const words = {
        detail: `The configuration of \`${name}\` is an object.`,
        mend: 'Put the values under keys.',
      };
      return [{ file: dataDocument.file, row, code: 'data_invalid', ...words }];
    }
    if (isTaken || files.some((file) => file.startsWith(`library/${name}/`))) return [];
    return [
      {
        file: dataDocument.file,
        row,
        code: 'library_rule_not_taken',
        detail: `This configures \`${name}\`, which the bundle does not have.`,
        mend: shipped.has(name)
          ? `Take it: \`library: { ${name}: {} }\` in bundle.yaml; or remove this.`
          : 'Correct its name, or remove it. docs/library.md lists what the library has.',
      },
    ];
  });
}

/** A key that the rule does not read would be a limit that somebody believes in and that does not hold. */
function unknownKeys({ name, defaults }: ShippedRule, own: unknown, { dataDocument }: Taker): Finding[] {
  if (!isObject(own) || dataDocument === undefined) return [];
  const known = Object.keys(defaults);
  return Object.keys(own)
    .filter((key) => !known.includes(key))
    .map((key) => ({
      file: dataDocument.file,
      row: dataDocument.rowOf(['library', name, key]),
      code: 'library_key_unknown',
      detail: `\`${name}\` has no configuration called \`${key}\`.`,
      mend: known.length === 0 ? 'It has none; remove this.' : `Use ${known.join(', ')}.`,
    }));
}

/** What is said of a rule that is not there holds for nothing. */
function unknownIds(
  { name, files }: ShippedRule,
  { rules = {} }: TakenRule,
  { manifestDocument: document }: Taker,
): Finding[] {
  const ids = files.flatMap(([, text]) => ruleIdsIn(text));
  return Object.keys(rules)
    .filter((id) => !ids.includes(id))
    .map((id) => ({
      file: document.file,
      row: document.rowOf(['library', name, 'rules', id]),
      code: 'library_rule_unknown',
      detail: `\`${name}\` has no rule \`${id}\`.`,
      mend: `Use ${ids.join(', ')}.`,
    }));
}

/** What does not fit together of the modes and canaries that are said of all its rules, and of each. */
function canaryFindings(
  name: string,
  { rules = {}, ...ofAll }: TakenRule,
  { manifestDocument: document }: Taker,
): Finding[] {
  const each = Object.entries(rules);
  const { mode: modeOfAll = 'enforce', canary: canaryOfAll } = ofAll;
  // It may be meant for those alone that are in it.
  const isForSome = each.some(([, own]) => own.mode === 'canary');
  const said = [
    {
      at: ['library', name],
      mode: modeOfAll,
      canary: isForSome && modeOfAll !== 'canary' ? undefined : canaryOfAll,
    },
    ...each.map(([id, { mode = modeOfAll, canary }]) => ({
      at: ['library', name, 'rules', id],
      mode,
      canary: canary ?? (mode === 'canary' ? canaryOfAll : undefined),
    })),
  ];
  return said.flatMap(({ at, mode, canary }) => {
    const misfit = canaryMisfit({ mode, canary });
    if (misfit === undefined) return [];
    const { key, ...finding } = misfit;
    return [{ ...finding, file: document.file, row: document.rowOf([...at, key]) }];
  });
}

/** The same rules in another package, with configuration and tests that belong to it. */
function inPackage(text: string, category: string, root: readonly string[]): string {
  const own = root.join('.');
  // Tests go on calling it by the name that its import gave it.
  const imported = root.at(-1) === category ? own : `${own} as ${category}`;
  return text
    .replace(new RegExp(`^import data\\.policy\\.${category}$`, 'gm'), `import data.${imported}`)
    .replace(
      new RegExp(`(^package |(?<!^import )\\bdata\\.)policy\\.${category}(?=_test$|[.\\s[]|$)`, 'gm'),
      `$1${own}`,
    );
}
