import assert from 'node:assert/strict';
import { Validator } from '@seriousme/openapi-schema-validator';
import { answerOf } from './api_fixture.ts';
import type { Cases } from './cases.ts';
import { operationsOf } from './operations.ts';

export const openapiCases: Cases = {
  'an independent validator finds the document valid': async ({ send }) => {
    const document = await answerOf(await send('nobody', 'GET', '/openapi.json'));
    const validator = new Validator();
    const { valid, errors } = await validator.validate(document);
    assert.ok(valid, JSON.stringify(errors));
    assert.equal(validator.version, '3.1');
  },

  'it describes every route, each with an id and its problems': async ({ app, send }) => {
    const document = await answerOf(await send('nobody', 'GET', '/openapi.json'));
    const operations = operationsOf(document);
    const described = operations.map(({ method, path }) => `${method} ${path}`);
    const served = app.routes
      .filter(({ method, path }) => method !== 'ALL' && path !== '/api/openapi.json')
      .map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`);
    assert.deepEqual(described.sort(), [...new Set(served)].sort());
    assert.equal(new Set(operations.map(({ id }) => id)).size, operations.length);
    for (const { id, responses, open } of operations) {
      assert.ok(responses['400'] && responses['503'], id);
      if (!open) { for (const status of ['401', '403', '500']) assert.ok(responses[status], id); }
    }
  },

  'what is always answered is required': async ({ send }) => {
    const { components } = await answerOf(await send('nobody', 'GET', '/openapi.json'));
    const [, own] = components.schemas.Job.allOf;
    assert.deepEqual(own.required, ['jobConfig', 'resultData']);
    assert.ok(components.schemas.Attempt.required.includes('executionContext'));
    assert.ok(components.schemas.Attempt.required.includes('backoffMultiplier'));
    assert.ok(components.schemas.Explanation.properties.delay.required.includes('seconds'));
  },

  'it tells of what surprises': async ({ send }) => {
    const text = JSON.stringify(await answerOf(await send('nobody', 'GET', '/openapi.json')));
    assert.match(text, /samePayload":\{"type":"boolean","description":"[^"]*jobConfig alone/);
  },
};
