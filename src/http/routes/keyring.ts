import { Type } from 'typebox'
import type { SessionDeps } from '../../accounts/sessions.ts'
import type { Keyring } from '../../lib/keyring.ts'
import type { Log } from '../../platform/log/log.ts'
import { reencrypt } from '../../secrets/reencrypt.ts'
import type { App } from '../server.ts'
import { confirmedAdminOf } from '../confirm.ts'
import { type Guards, requestActor } from '../guards.ts'
import { Confirmation, problems } from '../schemas.ts'

export interface KeyRouteDeps extends SessionDeps {
  keyring: Keyring
  log: Pick<Log, 'error'>
}

const ReencryptedSchema = Type.Object(
  {
    keyId: Type.String({ description: 'Id of the current key' }),
    resealed: Type.Integer(),
    unreadable: Type.Integer({ description: 'Number of values that no key decrypts; the log names them' }),
    done: Type.Boolean({ description: 'Whether all values were checked; if false, the same call continues' })
  },
  { $id: 'Reencrypted' }
)

export function keyringRoutes(app: App, deps: KeyRouteDeps, guards: Guards): void {
  app.addSchema(ReencryptedSchema)

  app.post(
    '/v1/admin/keys/reseal',
    {
      onRequest: guards.admin,
      schema: {
        operationId: 'resealSecrets',
        tags: ['admin'],
        summary: 'Re-encrypt all secrets with the current key',
        description:
          'Call it once every process has the new key first in SLUICE_KEYS. ' +
          'A call works for at most 10 seconds; repeat it until `done`.',
        body: Confirmation,
        response: { 200: Type.Ref('Reencrypted'), ...problems(400, 401, 403, 429) }
      }
    },
    async (request) => {
      const admin = await confirmedAdminOf(deps, request, {
        password: request.body?.password,
        during: 're-encryption of the secrets'
      })
      const result = await reencrypt(
        {
          pool: deps.database.pool,
          keyring: deps.keyring,
          onUnreadable: (place, error) => deps.log.error({ err: error, ...place }, 'a sealed value cannot be decrypted')
        },
        admin
      )
      await deps.audit.record(deps.database.prisma, {
        action: 'secrets.resealed',
        actor: requestActor(request),
        details: { ...result }
      })
      return result
    }
  )
}
