import type { Command } from 'commander'
import { callApi, listAll } from '../api.ts'
import { callConfirmed } from '../confirmed-call.ts'
import { adminAccountCommands } from './admin-accounts.ts'
import { collect, contextOf } from '../context.ts'
import type { Io } from '../io.ts'

export function adminCommands(program: Command, io: Io): void {
  const admin = program.command('admin').description('for accounts with the role admin')

  adminAccountCommands(admin, io)

  admin
    .command('accounts')
    .option('--query <text>', 'a part of the e-mail or of the name')
    .action(async ({ query }: { query?: string }, command: Command) => {
      const { out, session } = contextOf(command, io)
      out.table(await listAll<object>(await session(), '/v1/admin/accounts', { q: query }), [
        'id',
        'email',
        'name',
        'role',
        'suspendedAt'
      ])
    })

  for (const [name, suspended, done] of [
    ['suspend', true, 'Suspended.'],
    ['restore', false, 'Restored.']
  ] as const) {
    admin
      .command(name)
      .argument('<account>')
      .action(async (account: string, _options: unknown, command: Command) => {
        const { out, session } = contextOf(command, io)
        out.value(
          await callApi(await session(), `/v1/admin/accounts/${encodeURIComponent(account)}`, {
            method: 'PATCH',
            body: { suspended }
          }),
          done
        )
      })
  }

  admin
    .command('tokens')
    .description("everybody's tokens")
    .option('--start <start>', 'how the token starts')
    .option('--account <id>')
    .option('--state <states>', 'live, expired, revoked; several with commas')
    .action(
      async ({ start, account, state }: { start?: string; account?: string; state?: string }, command: Command) => {
        const { out, session } = contextOf(command, io)
        out.table(await listAll<object>(await session(), '/v1/admin/tokens', { start, accountId: account, state }), [
          'id',
          'email',
          'name',
          'start',
          'expiresAt',
          'lastUsedAt',
          'revokedAt'
        ])
      }
    )

  admin
    .command('revoke')
    .description('revoke tokens: by exactly one of account, ids, start')
    .requiredOption('--reason <text>')
    .option('--account <id>')
    .option('--id <id>', 'again for more', collect)
    .option('--start <start>')
    .action(
      async (
        { reason, account, id, start }: { reason: string; account?: string; id?: string[]; start?: string },
        command: Command
      ) => {
        const { out, session } = contextOf(command, io)
        const body = {
          reason,
          ...(account ? { accountId: account } : {}),
          ...(id ? { ids: id } : {}),
          ...(start ? { start } : {})
        }
        const answer = await callApi<{ revoked: number }>(await session(), '/v1/admin/tokens/revoke', {
          method: 'POST',
          body
        })
        out.value(answer, `Revoked ${answer.revoked}.`)
      }
    )

  admin
    .command('audit')
    .option('--action <action>', 'such as token.revoked')
    .option('--target <id>')
    .action(async ({ action, target }: { action?: string; target?: string }, command: Command) => {
      const { out, session } = contextOf(command, io)
      out.table(await listAll<object>(await session(), '/v1/admin/audit', { action, target }, 200), [
        'at',
        'action',
        'actorId',
        'target',
        'ip',
        'requestId',
        'details'
      ])
    })

  admin
    .command('rotate-signing-key')
    .description('sign JWTs with a new key')
    .action(async (_options: unknown, command: Command) => {
      const { out, session } = contextOf(command, io)
      const answer = await callConfirmed<{ kid: string }>(io, await session(), '/v1/admin/signing-keys/rotate', {
        method: 'POST'
      })
      out.value(answer, `${answer.kid} signs from now on.`)
    })
}
