import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import {
  CATEGORIES,
  Candidate,
  Effect,
  Input,
  KERNEL_FAILURES,
  KERNEL_REASONS,
  Obligation,
  OVERRIDE_LIMITS,
  OverrideScope,
  Severity,
  TargetKind,
} from '@bailiff/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { opaExecutable } from '../packages/gateway/src/decision/testing/opa.ts';
import { KERNEL, kernelFiles } from './kernel-files.ts';
import { OpaServer } from './opa-server.ts';

/** As much of a JSON Schema as is compared here. */
interface Schema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly enum?: readonly string[];
}

let opa: OpaServer;
beforeAll(async () => {
  opa = await OpaServer.start(kernelFiles());
});
afterAll(() => opa[Symbol.asyncDispose]());

const document = async <Value>(name: string): Promise<Value> =>
  (await opa.document(`bailiff/${name}`, null)) as Value;

describe('the kernel says what the contract says', () => {
  test('of its own reasons', async () => {
    const { argument_unusable: _gateways, ...own } = KERNEL_REASONS;
    expect(await document('kernel_messages')).toEqual(own);
  });

  test('of every field of the input and its type', async () => {
    const { properties = {} } = z.toJSONSchema(Input) as Schema;
    const sections = await document<Record<string, Record<string, string>>>('sections');
    const lists = await document<Record<string, string[]>>('lists_of_strings');
    for (const [name, fields] of Object.entries(sections)) {
      expect(fields, name).toEqual(typesIn(properties[name]));
      const arrays = Object.entries(properties[name]?.properties ?? {}).filter(
        ([, { type }]) => type === 'array',
      );
      expect(lists[name] ?? [], name).toEqual(arrays.map(([field]) => field));
    }
    const others = Object.keys(await document<object>('top_level'));
    expect([...Object.keys(sections), ...others, 'schema'].sort()).toEqual(Object.keys(properties).sort());
    const usage = properties.usage?.additionalProperties;
    expect(await document('budget_fields')).toEqual(
      typesIn(usage === true || usage === false ? undefined : usage),
    );
  });

  test('of every word that a field of the input may hold', async () => {
    const { properties = {} } = z.toJSONSchema(Input) as Schema;
    const words = await document<Record<string, Record<string, string[]>>>('words');
    for (const [section, { properties: fields = {} }] of Object.entries(properties)) {
      const known = Object.entries(fields).flatMap(([name, schema]) =>
        schema.enum === undefined ? [] : [[name, [...schema.enum].sort()] as const],
      );
      expect(words[section] ?? {}, section).toEqual(Object.fromEntries(known));
    }
    expect(await document('known_effects')).toEqual([...Effect.options].sort());
  });

  test('of what differs between the candidates of a list', async () => {
    expect(await document('candidate_fields')).toEqual(typesIn(z.toJSONSchema(Candidate) as Schema));
  });

  test('of categories, targets, severities and scopes', async () => {
    expect(await document('known_categories')).toEqual([...CATEGORIES].sort());
    expect(Object.keys(await document<object>('capability_of')).sort()).toEqual(
      [...TargetKind.options].sort(),
    );
    const ranks = await document<Record<string, number>>('severity_ranks');
    expect(Object.keys(ranks).sort((a, b) => Number(ranks[b]) - Number(ranks[a]))).toEqual(Severity.options);
    const facts = await opa.document('bailiff/scoped_facts', {
      agent: { id: 'a', owner_team: 't' },
      user: { id: 'u' },
      action: { server: 's', tool: 'c', model: 'm' },
    });
    const dimensions = (z.toJSONSchema(OverrideScope) as Schema).properties ?? {};
    expect(Object.keys(facts as object).sort()).toEqual(Object.keys(dimensions).sort());
  });

  test('of how long an override lasts and how many approve it', async () => {
    const limits =
      await document<Record<string, { approvers_min: number; lifetime_days_max: number }>>('override_limits');
    for (const [category, { approversMin, lifetimeDaysMax }] of Object.entries(OVERRIDE_LIMITS)) {
      expect(limits[category], category).toEqual({
        approvers_min: approversMin,
        lifetime_days_max: lifetimeDaysMax,
      });
    }
    const others = { approvers_min: 1, lifetime_days_max: 30 };
    for (const category of ['overrides', 'servers', 'subagents']) expect(limits[category]).toEqual(others);
  });

  test('of what may have failed', async () => {
    const texts = await Promise.all(kernelFiles().map((file) => readFile(file, 'utf8')));
    const kinds = texts.flatMap((text) =>
      [...text.matchAll(/failures contains \{"kind": "(\w+)"/g)].map(([, kind]) => kind),
    );
    expect([...new Set(kinds)].sort()).toEqual(Object.keys(KERNEL_FAILURES).sort());
  });

  test('of the kinds of duties and their order', async () => {
    expect(await document('duty_kinds')).toEqual(Obligation.options.map(({ shape }) => shape.kind.value));
  });
});

describe('the kernel’s text', () => {
  test('has a description on every rule, and four entrypoints', async () => {
    const { stdout } = await promisify(execFile)(
      opaExecutable(),
      ['inspect', '--annotations', '--format', 'json', KERNEL],
      { maxBuffer: 33_554_432 },
    );
    const { annotations = [] } = JSON.parse(stdout) as {
      annotations?: {
        annotations: { description?: string; entrypoint?: boolean };
        path: { value: string }[];
      }[];
    };
    const nameOf = ({ path }: (typeof annotations)[number]) => path[2]?.value ?? '';
    const described = new Set(annotations.filter((each) => each.annotations.description).map(nameOf));
    const rules = await ruleNames();
    expect(rules.filter((name) => !described.has(name))).toEqual([]);
    const entrypoints = annotations.filter((each) => each.annotations.entrypoint === true).map(nameOf);
    expect(entrypoints.sort()).toEqual(['decision', 'decision_and_watched', 'visible', 'watched']);
  });
});

/** Name of every rule of the kernel. */
async function ruleNames(): Promise<string[]> {
  const names = new Set<string>();
  for (const file of kernelFiles()) {
    const { stdout } = await promisify(execFile)(opaExecutable(), ['parse', '--format', 'json', file], {
      maxBuffer: 33_554_432,
    });
    const { rules } = JSON.parse(stdout) as { rules: { head: { ref: { value: string }[] } }[] };
    for (const { head } of rules) names.add(head.ref[0]?.value ?? '');
  }
  return [...names].sort();
}

/** Field → Rego’s name of its type. */
function typesIn(schema: Schema | undefined): Record<string, string> {
  const fields = Object.entries(schema?.properties ?? {});
  return Object.fromEntries(
    fields.map(([name, { type = 'unknown' }]) => [name, type === 'integer' ? 'number' : type]),
  );
}
