import type { Command } from 'commander'
import { take } from '../client.ts'
import { confirmed } from '../confirmed-call.ts'
import { adminAccountCommands } from './admin-accounts.ts'
import { contextOf } from '../context.ts'
import type { Io } from '../io.ts'
import { collect, wholeNumber } from '../option-values.ts'
import { accountOf } from '../resolve.ts'
import { revokeAgain } from '../revoke-again.ts'
import { describePolicy, policyFrom, policyOptions, type PolicyOptions } from './policy-options.ts'

const TOKEN_COLUMNS = ['id', 'email', 'name', 'start', 'expiresAt', 'lastUsedAt', 'revokedAt']
const AUDIT_COLUMNS = ['at', 'action', 'actorId', 'target', 'ip', 'requestId', 'details']
const AUDIT_MAX = 200

interface RevokeOptions {
  reason: string
  account?: string
  id?: string[]
  start?: string
  audit?: string
}

interface AuditOptions {
  action?: string
  target?: string
  since?: string
  limit?: number
}

export function adminCommands(program: Command, io: Io): void {
  const admin = program
    .command('admin')
    .description('manage accounts, tokens and the installation; needs the role admin')

  adminAccountCommands(admin, io)

  admin
    .command('tokens')
    .description('list the tokens of all accounts')
    .option('--start <start>', 'the first characters of the token')
    .option('--account <account>', 'an e-mail, or the id of an account')
    .option('--state <states>', 'live, expired or revoked; several separated by commas')
    .action(async (options: { start?: string; account?: string; state?: string }, command: Command) => {
      const { out, client } = contextOf(command, io)
      const signedIn = await client()
      const { start, account, state } = options
      const accountId = account === undefined ? undefined : await accountOf(signedIn, account)
      const rows = signedIn.list('/v1/admin/tokens', { params: { query: { start, accountId, state } } })
      out.table(await take(rows), TOKEN_COLUMNS)
    })

  admin
    .command('revoke')
    .description('revoke tokens; give exactly one of --account, --id, --start and --audit')
    .requiredOption('--reason <text>')
    .option('--account <account>', 'an e-mail, or the id of an account')
    .option('--id <id>', 'the id of a token; can be repeated', collect)
    .option('--start <start>')
    .option(
      '--audit <file>',
      'revoke again the tokens that this output of "sluice --json admin audit" says were revoked'
    )
    .action(async ({ reason, account, id, start, audit }: RevokeOptions, command: Command) => {
      const { out, client } = contextOf(command, io)
      const signedIn = await client()
      if (audit !== undefined && !account && !id && !start) {
        const { named, revoked } = await revokeAgain(signedIn, audit, reason)
        out.value({ named, revoked }, `Revoked ${revoked} of the ${named} tokens that ${audit} names.`)
        return
      }
      const body = {
        reason,
        ...(account ? { accountId: await accountOf(signedIn, account) } : {}),
        ...(id ? { ids: id } : {}),
        ...(start ? { start } : {})
      }
      const answer = await signedIn.POST('/v1/admin/tokens/revoke', { body })
      out.value(answer, `Revoked ${answer.revoked ?? 0}.`)
    })

  admin
    .command('audit')
    .description('list the audit log, newest first')
    .option('--action <action>', 'such as token.revoked')
    .option('--target <id>')
    .option('--since <time>', 'from this time on, such as 2026-11-28T09:30:00Z')
    .option('--limit <count>', `the most lines; ${AUDIT_MAX} by default`, wholeNumber)
    .action(async ({ limit = AUDIT_MAX, ...query }: AuditOptions, command: Command) => {
      const { out, client } = contextOf(command, io)
      const rows = (await client()).list('/v1/admin/audit', { params: { query } })
      out.table(await take(rows, limit), AUDIT_COLUMNS)
    })

  admin
    .command('rotate-signing-key')
    .description('sign JWTs with a new key')
    .action(async (_options: unknown, command: Command) => {
      const { out, client } = contextOf(command, io)
      const signedIn = await client()
      const answer = await confirmed(io, signedIn, () => signedIn.POST('/v1/admin/signing-keys/rotate', { body: {} }))
      out.value(answer, `${answer.kid} signs from now on.`)
    })

  const policy = admin.command('policy').description('the limits of all tokens of the installation')
  policy.command('show').action(async (_options: unknown, command: Command) => {
    const { out, client } = contextOf(command, io)
    const shown = await (await client()).GET('/v1/admin/policy')
    out.value(shown, describePolicy(shown))
  })
  policyOptions(policy.command('set').description('replace the policy; without options, clear it')).action(
    async (options: PolicyOptions, command: Command) => {
      const { out, client } = contextOf(command, io)
      const signedIn = await client()
      const body = policyFrom(options)
      const set = await confirmed(io, signedIn, () => signedIn.PUT('/v1/admin/policy', { body }))
      out.value(set, describePolicy(set))
    }
  )
}
