import t from 'tap'
import type { Answer } from '../fixtures/client.ts'
import { createOpenApiCheck } from '../fixtures/openapi-check.ts'

const problem = { content: { 'application/problem+json': { schema: { type: 'object', required: ['code'] } } } }
const check = createOpenApiCheck({
  paths: {
    '/things/{id}': {
      get: {
        responses: {
          200: {
            content: {
              'application/json': {
                schema: {
                  type: 'object',
                  required: ['id'],
                  properties: { id: { type: 'string' } },
                  additionalProperties: false
                }
              }
            }
          },
          404: { $ref: '#/components/responses/Problem404' }
        }
      }
    },
    '/things/latest': {
      delete: { responses: { 204: { content: { 'application/json': { schema: { type: 'null' } } } } } }
    }
  },
  components: { responses: { Problem404: problem } }
})
const answer = (status: number, body: unknown, type = 'application/json; charset=utf-8'): Answer => ({
  status,
  headers: { 'content-type': type },
  text: body === undefined ? '' : JSON.stringify(body),
  json: body
})

t.test('the check that every test makes of every answer refuses what the document does not have', async (t) => {
  t.equal(check('GET', '/things/a?x=1', answer(200, { id: 'a' })), undefined)
  t.equal(check('GET', '/things/a', answer(404, { code: 'not_found' }, 'application/problem+json')), undefined)
  t.equal(check('DELETE', '/things/latest', answer(204, undefined)), undefined)
  t.match(check('GET', '/things/a', answer(200, { id: 1 })), /must be string/)
  t.match(check('GET', '/things/a', answer(200, { id: 'a', secret: 1 })), /additional properties/)
  t.match(check('GET', '/things/a', answer(201, { id: 'a' })), /not in the document/)
  t.match(check('GET', '/things/a', answer(404, {}, 'application/problem+json')), /required property 'code'/)
  t.match(check('GET', '/things/a', answer(404, { code: 'not_found' })), /is not application\/problem\+json/)
  t.match(check('GET', '/things/a', answer(200, undefined)), /no body/)
  t.match(check('GET', '/elsewhere', answer(500, {})), /without a problem document/)
})
