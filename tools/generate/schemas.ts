import {
  Answer,
  Approval,
  BundleManifest,
  CaseFile,
  Catalogue,
  CatalogueEntry,
  Configuration,
  CorpusLine,
  Directory,
  Input,
  KernelAnswer,
  ListInput,
  Obligation,
  Override,
  PackageManifest,
  RecordEntry,
  ReleaseData,
  ReleaseManifest,
  RuleAnnotation,
} from '@bailiff/contract';
import { z } from 'zod';

/** One published schema: its name in `$id`, what it is, and where it comes from. */
export interface PublishedSchema {
  readonly name: string;
  readonly title: string;
  readonly about: string;
  readonly schema: z.ZodType;
  /** `input`: what a writer of the document may leave out stays optional. */
  readonly io: 'input' | 'output';
}

/** Every schema of the public interface. Within a version they only ever gain fields. */
export const PUBLISHED: readonly PublishedSchema[] = [
  { name: 'input', title: 'Input', about: 'The document that policy sees.', schema: Input, io: 'output' },
  {
    name: 'list-input',
    title: 'List input',
    about: 'The input of a list: the same, with its candidates.',
    schema: ListInput,
    io: 'output',
  },
  {
    name: 'rule',
    title: 'Rule METADATA',
    about: 'What a rule’s owner writes under `custom:` in its METADATA.',
    schema: RuleAnnotation,
    io: 'input',
  },
  {
    name: 'finding',
    title: 'Catalogue entry',
    about: 'What a release knows of the rule behind a finding.',
    schema: CatalogueEntry,
    io: 'output',
  },
  {
    name: 'obligation',
    title: 'Obligation',
    about: 'A duty that must be discharged for an allow to hold.',
    schema: Obligation,
    io: 'output',
  },
  {
    name: 'override',
    title: 'Override',
    about: 'A named, justified, expiring exception.',
    schema: Override,
    io: 'input',
  },
  {
    name: 'approval',
    title: 'Approval',
    about: 'A person’s answer to `approval_required`.',
    schema: Approval,
    io: 'output',
  },
  {
    name: 'kernel-answer',
    title: 'Kernel answer',
    about: 'What `bailiff/decision` evaluates to in any OPA.',
    schema: KernelAnswer,
    io: 'output',
  },
  {
    name: 'answer',
    title: 'Answer',
    about: 'The answer to one call, as the gateway gives it.',
    schema: Answer,
    io: 'output',
  },
  {
    name: 'record',
    title: 'Record entry',
    about: 'One entry of the decision log.',
    schema: RecordEntry,
    io: 'output',
  },
  {
    name: 'catalogue',
    title: 'Catalogue',
    about: 'What servers, tools, resources and models do and touch.',
    schema: Catalogue,
    io: 'input',
  },
  {
    name: 'directory',
    title: 'Directory',
    about: 'Agents and users, data of the identity bundle.',
    schema: Directory,
    io: 'input',
  },
  {
    name: 'bundle',
    title: 'Bundle manifest',
    about: '`bundle.yaml` in a bundle’s folder.',
    schema: BundleManifest,
    io: 'input',
  },
  {
    name: 'package',
    title: 'Package manifest',
    about: '`bailiff.package.yaml`: an agent or a server with its policy and tests as one thing to ship.',
    schema: PackageManifest,
    io: 'input',
  },
  {
    name: 'release',
    title: 'Release manifest',
    about: '`release.yaml`: what is composed into one release.',
    schema: ReleaseManifest,
    io: 'input',
  },
  {
    name: 'release-data',
    title: 'Release data',
    about: '`data.release`: what the kernel knows of its release.',
    schema: ReleaseData,
    io: 'output',
  },
  {
    name: 'configuration',
    title: 'Configuration',
    about: '`bailiff.yaml`.',
    schema: Configuration,
    io: 'input',
  },
  {
    name: 'corpus',
    title: 'Corpus line',
    about: 'A line of a corpus file: the first is its header, each other one a case.',
    schema: CorpusLine,
    io: 'output',
  },
  {
    name: 'cases',
    title: 'Case file',
    about:
      '`*_cases.yaml` in a bundle’s folder, or a file in `cases/` beside `release.yaml`: inputs, and the answers that the release must give.',
    schema: CaseFile,
    io: 'input',
  },
];

export type JsonSchema = { readonly [key: string]: unknown };

/** JSON Schema draft 2020-12 of a published schema, with its `$id`. */
export function jsonSchemaOf({ name, title, about, schema, io }: PublishedSchema): JsonSchema {
  const { $schema, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'throw' });
  return { $schema, $id: `urn:bailiff:schema:${name}:v1`, title, description: about, ...rest };
}

/**
 * What a reader of documents under `before` would miss under `after`: fields that went away, changed type, or lost values
 * of an enumeration. Empty when `after` only adds.
 */
export function incompatibilities(before: unknown, after: unknown, at = '$'): string[] {
  if (!isObject(before)) return [];
  if (!isObject(after)) return [`${at} is gone`];
  const found: string[] = [];
  if ('type' in before && JSON.stringify(before.type) !== JSON.stringify(after.type))
    found.push(`${at} changed its type`);
  // A constant may become one of several values, as an enumeration may gain some.
  const values = Array.isArray(after.enum) ? after.enum : [after.const];
  if ('const' in before && !values.includes(before.const)) found.push(`${at} changed its value`);
  if (Array.isArray(before.enum)) {
    const now = Array.isArray(after.enum) ? after.enum : [];
    for (const value of before.enum)
      if (!now.includes(value)) found.push(`${at} lost the value ${JSON.stringify(value)}`);
  }
  if (Array.isArray(before.required)) {
    const now = Array.isArray(after.required) ? after.required : [];
    for (const name of before.required)
      if (!now.includes(name)) found.push(`${at}.${String(name)} may now be absent`);
  }
  for (const [name, property] of Object.entries(isObject(before.properties) ? before.properties : {})) {
    const now = isObject(after.properties) ? after.properties[name] : undefined;
    found.push(...incompatibilities(property, now, `${at}.${name}`));
  }
  for (const key of ['items', 'additionalProperties'] as const) {
    if (isObject(before[key])) found.push(...incompatibilities(before[key], after[key], `${at}[]`));
  }
  for (const key of ['anyOf', 'oneOf'] as const) {
    const [old, now] = [before[key], after[key]];
    if (!Array.isArray(old)) continue;
    for (const [index, one] of old.entries()) {
      found.push(...incompatibilities(one, Array.isArray(now) ? now[index] : undefined, `${at}|${index}`));
    }
  }
  return found;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
