import { Type } from 'typebox'
import { Secret } from '../../lib/secret.ts'
import type { Database } from '../../platform/db/client.ts'
import { SECRET_BYTES_MAX, type SecretValue } from '../../secrets/secret.ts'
import { deleteSecret, listSecrets, type SecretDeps, setSecret } from '../../secrets/secrets.ts'
import { type Guards, membershipOf, requestActor } from '../guards.ts'
import { NewSecretParams, SecretParams, WorkspaceParams } from '../params.ts'
import { Closed, PageOf, PageQuery, problems, Ref, Time } from '../schemas.ts'
import type { App } from '../server.ts'

export interface SecretRouteDeps extends SecretDeps {
  database: Database
}

const SecretSchema = Type.Object(
  { name: Type.String(), createdAt: Time, updatedAt: Time },
  { $id: 'Secret', description: 'The value is never returned' }
)

const SecretBody = Closed(
  {
    value: Type.Unsafe<SecretValue>({
      type: ['string', 'object'],
      description:
        'A text, or an object such as { "username", "password" } for an authentication; ' +
        `at most ${SECRET_BYTES_MAX / 1024} KiB as JSON`
    })
  },
  { examples: [{ value: 'a key of an upstream' }, { value: { username: 'erp', password: 'a pass phrase' } }] }
)

export function secretRoutes(app: App, deps: SecretRouteDeps, guards: Guards): void {
  app.addSchema(SecretSchema)
  const onRequest = guards.manager

  app.get(
    '/v1/workspaces/:workspaceId/secrets',
    {
      onRequest,
      schema: {
        operationId: 'listSecrets',
        tags: ['secrets'],
        summary: 'The secrets of a workspace by name, without their values',
        params: WorkspaceParams,
        querystring: Closed(PageQuery),
        response: { 200: PageOf(Ref(SecretSchema)), ...problems(400, 401, 403, 404) }
      }
    },
    async (request) => listSecrets(deps, membershipOf(request, 'viewer'), request.query)
  )

  app.put(
    '/v1/workspaces/:workspaceId/secrets/:name',
    {
      onRequest,
      schema: {
        operationId: 'setSecret',
        tags: ['secrets'],
        summary: 'Create a secret (201) or replace its value (200)',
        params: NewSecretParams,
        body: SecretBody,
        response: { 200: Ref(SecretSchema), 201: Ref(SecretSchema), ...problems(400, 401, 403, 404, 409) }
      }
    },
    async (request, reply) => {
      const { name } = request.params
      const { secret, created } = await setSecret(
        deps,
        membershipOf(request, 'editor'),
        name,
        new Secret(request.body.value),
        requestActor(request)
      )
      return reply.code(created ? 201 : 200).send(secret)
    }
  )

  app.delete(
    '/v1/workspaces/:workspaceId/secrets/:name',
    {
      onRequest,
      schema: {
        operationId: 'deleteSecret',
        tags: ['secrets'],
        summary: 'Delete a secret',
        params: SecretParams,
        response: { 204: Type.Null(), ...problems(401, 403, 404) }
      }
    },
    async (request, reply) => {
      await deleteSecret(deps, membershipOf(request, 'editor'), request.params.name, requestActor(request))
      return reply.code(204).send(null)
    }
  )
}
