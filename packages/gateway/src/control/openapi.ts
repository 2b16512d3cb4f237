import {
  Activation,
  Answer,
  DecisionRequest,
  Input,
  JsonValue,
  RecordEntry,
  ReleaseDifferenceDocument,
  ReleaseList,
  ReleaseStatus,
  StoredReleaseDocument,
} from '@bailiff/contract';
import { z } from 'zod';
import { DecisionQuery } from './decisions/decision-query.ts';
import {
  DecisionDocument,
  DecisionList,
  DecisionView,
  HealthDocument,
  ProblemDocument,
  ReadinessDocument,
  ReleaseDocument,
} from './documents.ts';
import { PromoteRequest, RollbackRequest, StopRequest } from './releases/releases.ts';
import { ROUTES, type Route, type RouteName } from './routes.ts';

/** Schemas under their names in the document, and whether clients write them or read them. */
const WRITTEN = { DecisionRequest, PromoteRequest, RollbackRequest, StopRequest } as const;
const READ = {
  Activation,
  Answer,
  DecisionDocument,
  DecisionList,
  DecisionView,
  HealthDocument,
  Input,
  JsonValue,
  ProblemDocument,
  ReadinessDocument,
  RecordEntry,
  ReleaseDifferenceDocument,
  ReleaseDocument,
  ReleaseList,
  ReleaseStatus,
  StoredReleaseDocument,
} as const;

type SchemaName = keyof typeof WRITTEN | keyof typeof READ;

interface Operation {
  readonly parameters?: readonly object[];
  readonly requestBody?: object;
  readonly responses: Readonly<Record<string, object>>;
}

const reference = (name: SchemaName) => ({ $ref: `#/components/schemas/${name}` });
const json = (description: string, schema: object) => ({
  description,
  content: { 'application/json': { schema } },
});
const failed = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: reference('ProblemDocument') } },
});

const OPERATIONS: Readonly<Record<RouteName, Operation>> = {
  askDecision: {
    parameters: [
      {
        name: 'simulate',
        in: 'query',
        description: 'The same as the document’s own field.',
        schema: { const: 'true' },
      },
    ],
    requestBody: {
      required: true,
      content: { 'application/json': { schema: reference('DecisionRequest'), example: exampleRequest() } },
    },
    responses: {
      200: json('The answer, a denial included.', reference('Answer')),
      400: failed('The body is not acceptable JSON.'),
      413: failed('The body is too large.'),
      415: failed('The body is not `application/json`.'),
      422: failed('The document is not valid; `errors` names each path and its mend.'),
      503: failed('It could not be decided or recorded, so nothing may be done.'),
    },
  },
  listDecisions: {
    parameters: queryParameters(),
    responses: {
      200: json('One page.', reference('DecisionList')),
      400: failed('The query is not valid; `errors` names each parameter and its mend.'),
    },
  },
  showDecision: {
    parameters: [{ name: 'decision_id', in: 'path', required: true, schema: { type: 'string' } }],
    responses: {
      200: json('In full for operators, else the short form.', {
        oneOf: [reference('DecisionDocument'), reference('DecisionView')],
      }),
      404: failed('There is no such decision, or it was about someone else.'),
    },
  },
  showRelease: {
    responses: {
      200: json('The active release.', reference('ReleaseDocument')),
      503: failed('No release is active.'),
    },
  },
  listReleases: { responses: { 200: json('The releases.', reference('ReleaseList')) } },
  showReleaseStatus: { responses: { 200: json('How policy stands.', reference('ReleaseStatus')) } },
  rollBack: {
    requestBody: bodyOf('RollbackRequest', { reason: 'Refunds are refused since 14:00.' }),
    responses: {
      200: json('The switch; what was taken back is not taken up again by itself.', reference('Activation')),
      404: failed('There is no such release, or none was in force before.'),
      422: failed('The body is not valid.'),
    },
  },
  promote: {
    requestBody: bodyOf('PromoteRequest', { to: 'everyone', reason: 'A day without a difference.' }),
    responses: {
      200: json('How policy stands then.', reference('ReleaseStatus')),
      400: failed('No release is on trial, or it is halted.'),
      404: failed('There is no such release.'),
      422: failed('The body is not valid.'),
    },
  },
  stopTrial: {
    requestBody: bodyOf('StopRequest', { reason: 'It would refuse all refunds.' }),
    responses: {
      200: json('How policy stands then.', reference('ReleaseStatus')),
      400: failed('No release is on trial.'),
      422: failed('The body is not valid.'),
    },
  },
  pullReleases: { responses: { 200: json('How policy stands then.', reference('ReleaseStatus')) } },
  showStoredRelease: {
    parameters: [versionParameter()],
    responses: {
      200: json('The release.', reference('StoredReleaseDocument')),
      404: failed('There is no such release.'),
    },
  },
  diffReleases: {
    parameters: [
      versionParameter(),
      {
        name: 'from',
        in: 'query',
        description: 'The release that it is compared with; the active one when absent.',
        schema: { type: 'string' },
      },
    ],
    responses: {
      200: json('What changes.', reference('ReleaseDifferenceDocument')),
      404: failed('There is no such release.'),
    },
  },
  showHealth: { responses: { 200: json('It is alive.', reference('HealthDocument')) } },
  showReadiness: {
    responses: {
      200: json('Decisions can be made and recorded.', reference('ReadinessDocument')),
      503: json('They cannot; every call is refused.', reference('ReadinessDocument')),
    },
  },
  showMetrics: {
    responses: {
      200: { description: 'Every metric.', content: { 'text/plain': { schema: { type: 'string' } } } },
    },
  },
  showOpenApi: {
    responses: { 200: json('OpenAPI 3.1.', { type: 'object' }) },
  },
};

function versionParameter(): object {
  return { name: 'policy_version', in: 'path', required: true, schema: { type: 'string' } };
}

function bodyOf(name: SchemaName, example: object): object {
  return { required: true, content: { 'application/json': { schema: reference(name), example } } };
}

function queryParameters(): object[] {
  const { properties = {} } = z.toJSONSchema(DecisionQuery, { io: 'input' });
  return Object.entries(properties).map(([name, schema]) => ({ name, in: 'query', schema }));
}

function exampleRequest() {
  return {
    action: { type: 'tool_call', tool: 'crm.read', args: { id: 7, rows: 20 } },
    context: { conversation_id: 'c-81' },
  };
}

/** The API as OpenAPI 3.1, made from the route table and the schemas that check and describe its documents. */
export function openApiDocument() {
  const paths: Record<string, Record<string, object>> = {};
  for (const name of Object.keys(ROUTES) as RouteName[]) {
    const { path, method } = ROUTES[name];
    const template = path.replace(/:([a-z_]+)/g, '{$1}');
    paths[template] = { ...paths[template], [method.toLowerCase()]: operationOf(name) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Bailiff control API',
      version: '1.0.0',
      description: 'Decisions for those who enforce them, and what operators ask of the gateway.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    paths,
    components: {
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          description: 'A token of a configured issuer, or an API key.',
        },
        api_key: { type: 'apiKey', in: 'header', name: 'X-Api-Key' },
      },
      schemas: componentSchemas(),
    },
  };
}

function operationOf(name: RouteName): object {
  const { summary, access }: Route = ROUTES[name];
  const { responses, ...operation } = OPERATIONS[name];
  const refusals = {
    ...(access === 'open' ? {} : { 401: failed('There is no valid credential.') }),
    ...(access === 'open'
      ? {}
      : { 403: failed('The credential does not permit this, or host or origin is foreign.') }),
  };
  return {
    operationId: name,
    summary: access === 'operator' ? `${summary} Needs the permission \`operator\`.` : summary,
    ...operation,
    responses: { ...responses, ...refusals },
    security: access === 'open' ? [] : [{ bearer: [] }, { api_key: [] }],
  };
}

function componentSchemas(): Record<string, object> {
  const schemas = { ...schemasOf(READ, 'output'), ...schemasOf({ JsonValue, ...WRITTEN }, 'input') };
  return Object.fromEntries(Object.entries(schemas).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function schemasOf(
  named: Readonly<Record<string, z.ZodType>>,
  io: 'input' | 'output',
): Record<string, object> {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(named)) registry.add(schema, { id });
  const { schemas } = z.toJSONSchema(registry, { io, uri: (id) => `#/components/schemas/${id}` });
  return Object.fromEntries(
    Object.entries(schemas).map(([id, { $schema: _dialect, $id: _id, ...schema }]) => [id, schema]),
  );
}
