import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { openApiDocument } from './openapi.ts';
import { ROUTES } from './routes.ts';

const document = openApiDocument();
const text = JSON.stringify(document);

describe('the OpenAPI document', () => {
  test('has every route and no other, each with who may use it', () => {
    const told = Object.entries(document.paths).flatMap(([path, operations]) =>
      Object.entries(operations).map(([method, operation]) => ({ method, path, ...operation })),
    );
    expect(told.map(({ method, path }) => `${method.toUpperCase()} ${path}`).sort()).toEqual(
      Object.values(ROUTES)
        .map(({ method, path }) => `${method} ${path.replace(/:(\w+)/, '{$1}')}`)
        .sort(),
    );
    const openPaths = told.filter(
      (operation) => 'security' in operation && String(operation.security) === '',
    );
    expect(openPaths.map(({ path }) => path)).toEqual(['/healthz', '/readyz', '/openapi.json']);
  });

  test('refers to nothing that it does not hold', () => {
    const references = [...text.matchAll(/"\$ref":"([^"]+)"/g)].map(([, reference = '']) => reference);
    expect(references.length).toBeGreaterThan(20);
    const held = Object.keys(document.components.schemas).map((name) => `#/components/schemas/${name}`);
    expect(references.filter((reference) => !held.includes(reference))).toEqual([]);
  });

  test('has an example that its own schema accepts', () => {
    const { DecisionRequest } = document.components.schemas;
    const schemas = JSON.parse(text.replaceAll('#/components/schemas/', '#/$defs/')).components.schemas;
    expect(DecisionRequest).toBeDefined();
    const schema = z.fromJSONSchema({ ...schemas.DecisionRequest, $defs: schemas });
    const { example } = JSON.parse(text).paths['/v1/decisions'].post.requestBody.content['application/json'];
    expect(schema.safeParse(example).success).toBe(true);
    expect(schema.safeParse({ ...example, actoin: 1 }).success).toBe(false);
  });

  test('is the same whenever it is made', () => expect(JSON.stringify(openApiDocument())).toBe(text));
});
