import { z } from 'zod';

const parameterSchema = z.object({ name: z.string(), in: z.string() });

const operationSchema = z.object({
  operationId: z.string(),
  security: z.array(z.unknown()).optional(),
  parameters: z.array(parameterSchema).default([]),
  requestBody: z.object({
    required: z.boolean().default(false),
    content: z.object({ 'application/json': z.object({ schema: z.unknown() }) }),
  }).optional(),
  responses: z.record(z.string(), z.unknown()),
});

const schemaSchema = z.object({
  $ref: z.string().optional(),
  properties: z.record(z.string(), z.unknown()).optional(),
});

const documentSchema = z.object({
  paths: z.record(z.string(), z.record(z.string(), operationSchema)),
  components: z.object({ schemas: z.record(z.string(), schemaSchema) }),
});

/** One route as the OpenAPI document has it. */
export interface Operation {
  id: string;
  method: string;
  path: string;
  open: boolean;
  parameters: z.infer<typeof parameterSchema>[];
  /** Names of the body's fields; null for a route without a body. */
  fields: string[] | null;
  bodyRequired: boolean;
  responses: Record<string, unknown>;
}

/** All routes of the document. */
export function operationsOf(document: unknown): Operation[] {
  const { paths, components } = documentSchema.parse(document);
  const fieldsOf = (schema: unknown): string[] => {
    const { $ref, properties = {} } = schemaSchema.parse(schema);
    if ($ref === undefined) return Object.keys(properties);
    return fieldsOf(components.schemas[$ref.replace('#/components/schemas/', '')]);
  };
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      id: operation.operationId,
      method: method.toUpperCase(),
      path,
      open: operation.security?.length === 0,
      parameters: operation.parameters,
      fields: operation.requestBody
        ? fieldsOf(operation.requestBody.content['application/json'].schema)
        : null,
      bodyRequired: operation.requestBody?.required ?? false,
      responses: operation.responses,
    }))
  );
}
