import type { JsonWebKey } from 'node:crypto'
import { Type } from 'typebox'
import type { SessionDeps } from '../../accounts/sessions.ts'
import { MAX_KEY_TEXT_CHARS } from '../../platform/jws/limits.ts'
import type { WorkspaceDeps } from '../../workspaces/create.ts'
import { createPublicKey, listPublicKeys, removePublicKey, type PublicKeyDeps } from '../../workspaces/public-keys.ts'
import { rotateSecret, SECRET_OVERLAP_MAX_SECONDS } from '../../workspaces/rotate-secret.ts'
import type { App } from '../server.ts'
import { confirmedMembershipOf } from '../confirm.ts'
import { type Guards, membershipOf, requestActor } from '../guards.ts'
import { PublicKeyParams, WorkspaceParams } from '../params.ts'
import {
  Closed,
  Confirmation,
  ConfirmingPassword,
  Name,
  Nullable,
  PageOf,
  PageQuery,
  problems,
  Ref,
  Time
} from '../schemas.ts'
import { noStore } from './accounts.ts'
import { workspaceFields } from './workspace-schemas.ts'

export type WorkspaceKeyRouteDeps = WorkspaceDeps & SessionDeps & PublicKeyDeps

const RotatedSecretSchema = Type.Object(
  {
    ...workspaceFields,
    secret: Type.String({ description: '64 bytes, hex. Shown in this answer and never again' }),
    overlapEndsAt: Nullable({ ...Time, description: 'Until when tokens signed with the previous secret are accepted' })
  },
  { $id: 'RotatedSecret' }
)
const PublicKeySchema = Type.Object(
  {
    id: Type.String(),
    name: Type.String(),
    kid: Type.String({
      description: 'The `kid` of tokens signed with this key: the one in the key, otherwise its thumbprint'
    }),
    algorithms: Type.Array(Type.String(), {
      description: 'The algorithms it verifies: the one that the key names, otherwise all that its type supports'
    }),
    description: Type.String({ examples: ['RSA 2048', 'EC P-256', 'Ed25519'] }),
    thumbprint: Type.String({ description: 'RFC 7638, SHA-256' }),
    publicKey: Type.Object({}, { additionalProperties: true, description: 'The key as a JWK, without other members' }),
    createdAt: Time
  },
  { $id: 'PublicKey' }
)

const SecretRotation = Closed(
  {
    password: ConfirmingPassword,
    overlapSeconds: Type.Integer({
      minimum: 0,
      maximum: SECRET_OVERLAP_MAX_SECONDS,
      default: 0,
      description: 'How long the previous secret stays valid; 0 = it ends at once'
    })
  },
  { examples: [{ password: 'a long pass phrase', overlapSeconds: 86_400 }] }
)
const NewPublicKey = Closed(
  {
    name: Name,
    publicKey: Type.Union([
      Type.String({
        minLength: 1,
        maxLength: MAX_KEY_TEXT_CHARS,
        description: 'PEM (-----BEGIN PUBLIC KEY-----), or a JWK as text'
      }),
      Type.Object({}, { additionalProperties: true, description: 'A JWK' })
    ]),
    password: ConfirmingPassword
  },
  {
    examples: [
      {
        name: 'back end 2026',
        publicKey:
          '-----BEGIN PUBLIC KEY-----\n' +
          'MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n' +
          '-----END PUBLIC KEY-----'
      }
    ]
  }
)

/** The keys and secrets that customers' back ends sign with. */
export function workspaceKeyRoutes(app: App, deps: WorkspaceKeyRouteDeps, guards: Guards): void {
  app.addSchema(RotatedSecretSchema)
  app.addSchema(PublicKeySchema)
  const onRequest = guards.manager
  const tags = ['workspaces']

  app.post(
    '/v1/workspaces/:workspaceId/secret/rotate',
    {
      onRequest,
      schema: {
        operationId: 'rotateWorkspaceSecret',
        tags,
        summary: "Replace the secret that customers' tokens are signed with",
        params: WorkspaceParams,
        body: SecretRotation,
        response: { 201: Ref(RotatedSecretSchema), ...problems(400, 401, 403, 404, 429) }
      }
    },
    async (request, reply) => {
      const actor = requestActor(request)
      const { password, overlapSeconds } = request.body
      const membership = await confirmedMembershipOf(deps, request, 'owner', {
        password,
        during: 'rotation of a workspace secret'
      })
      const { workspace, secret, overlapEndsAt } = await rotateSecret(deps, membership, overlapSeconds, actor)
      noStore(reply)
      return reply
        .code(201)
        .send({ ...workspace, secret: secret.reveal(), overlapEndsAt: overlapEndsAt?.toISOString() ?? null })
    }
  )

  app.post(
    '/v1/workspaces/:workspaceId/public-keys',
    {
      onRequest,
      schema: {
        operationId: 'createPublicKey',
        tags,
        summary: "Register a key that customers' tokens are signed with",
        description:
          'Private and symmetric keys, RSA keys below 2048 bits and invalid keys are rejected with the reason.',
        params: WorkspaceParams,
        body: NewPublicKey,
        response: { 201: Ref(PublicKeySchema), ...problems(400, 401, 403, 404, 409, 429) }
      }
    },
    async (request, reply) => {
      const { name, publicKey, password } = request.body
      const membership = await confirmedMembershipOf(deps, request, 'owner', {
        password,
        during: 'registration of a public key'
      })
      const input = { name, publicKey: publicKey as string | JsonWebKey }
      return reply.code(201).send(await createPublicKey(deps, membership, input, requestActor(request)))
    }
  )

  app.get(
    '/v1/workspaces/:workspaceId/public-keys',
    {
      onRequest,
      schema: {
        operationId: 'listPublicKeys',
        tags,
        summary: 'The registered keys, newest first',
        params: WorkspaceParams,
        querystring: Closed(PageQuery),
        response: { 200: PageOf(Ref(PublicKeySchema)), ...problems(400, 401, 403, 404) }
      }
    },
    async (request) => listPublicKeys(deps, membershipOf(request, 'viewer'), request.query)
  )

  app.delete(
    '/v1/workspaces/:workspaceId/public-keys/:keyId',
    {
      onRequest,
      schema: {
        operationId: 'deletePublicKey',
        tags,
        summary: 'Remove a key; tokens it signed are rejected at once',
        params: PublicKeyParams,
        body: Confirmation,
        response: { 204: Type.Null(), ...problems(400, 401, 403, 404, 429) }
      }
    },
    async (request, reply) => {
      const membership = await confirmedMembershipOf(deps, request, 'owner', {
        password: request.body?.password,
        during: 'removal of a public key'
      })
      await removePublicKey(deps, membership, request.params.keyId, requestActor(request))
      return reply.code(204).send(null)
    }
  )
}
