import type { Command } from 'commander'
import { take } from '../client.ts'
import { confirmed } from '../confirmed-call.ts'
import { contextOf } from '../context.ts'
import type { Io } from '../io.ts'
import { resetOnThisMachine } from '../reset-on-this-machine.ts'
import { accountOf } from '../resolve.ts'

interface RecoveryOptions {
  removeSecondFactor?: boolean
  revokeTokens?: boolean
}

const ACCOUNT = 'an e-mail, or the id of an account'

/** Commands that create, recover, suspend and restore accounts. */
export function adminAccountCommands(admin: Command, io: Io): void {
  admin
    .command('accounts')
    .description('all accounts')
    .option('--query <text>', 'a part of the e-mail or of the name')
    .action(async ({ query }: { query?: string }, command: Command) => {
      const { out, client } = contextOf(command, io)
      const rows = (await client()).list('/v1/admin/accounts', { params: { query: { q: query } } })
      out.table(await take(rows), ['id', 'email', 'name', 'role', 'suspendedAt'])
    })

  for (const [name, suspended, description, done] of [
    ['suspend', true, 'suspend an account: all its credentials stop working', 'Suspended.'],
    ['restore', false, 'lift the suspension of an account', 'Restored.']
  ] as const) {
    admin
      .command(name)
      .description(description)
      .argument('<account>', ACCOUNT)
      .action(async (text: string, _options: unknown, command: Command) => {
        const { out, client } = contextOf(command, io)
        const signedIn = await client()
        const params = { path: { accountId: await accountOf(signedIn, text) } }
        out.value(await signedIn.PATCH('/v1/admin/accounts/{accountId}', { params, body: { suspended } }), done)
      })
  }

  admin
    .command('create')
    .description('create an account, and print the link with which its owner chooses a password')
    .argument('<email>')
    .requiredOption('--name <name>')
    .option('--admin', 'with the role admin')
    .action(async (email: string, options: { name: string; admin?: boolean }, command: Command) => {
      const { out, client } = contextOf(command, io)
      const signedIn = await client()
      const body = { email, name: options.name, role: options.admin ? ('admin' as const) : ('user' as const) }
      const made = await confirmed(io, signedIn, () => signedIn.POST('/v1/admin/accounts', { body }))
      out.value(made, made.link)
      out.note(`The link works once, until ${made.expiresAt}.`)
    })

  recoveryOptions(
    admin
      .command('recover')
      .description('print a link with which the owner of an account chooses another password')
      .argument('<account>', ACCOUNT)
  ).action(async (text: string, options: RecoveryOptions, command: Command) => {
    const { out, client } = contextOf(command, io)
    const signedIn = await client()
    const params = { path: { accountId: await accountOf(signedIn, text) } }
    const body = { ...options }
    const made = await confirmed(io, signedIn, () =>
      signedIn.POST('/v1/admin/accounts/{accountId}/recovery', { params, body })
    )
    out.value(made, made.link)
    out.note(`The link works once, until ${made.expiresAt}.`)
  })

  recoveryOptions(
    admin
      .command('reset')
      .description(
        'like recover, but without signing in, on the machine of the gateway: it uses the database that ' +
          'the environment variables of the gateway name. Stop a gateway with the embedded database before'
      )
      .argument('<email>')
  ).action(async (email: string, options: RecoveryOptions, command: Command) => {
    const { out } = contextOf(command, io)
    const { link, expiresAt } = await resetOnThisMachine(io.gatewayEnv(), email, options)
    out.value({ link: link.reveal(), expiresAt: expiresAt.toISOString() }, link.reveal())
    out.note(`The link works once, until ${expiresAt.toISOString()}.`)
  })
}

function recoveryOptions(command: Command): Command {
  return command
    .option('--remove-second-factor', 'when the link is used, also remove the second factor')
    .option('--revoke-tokens', 'when the link is used, also revoke the tokens of the account')
}
