import type { Command } from 'commander'
import { callConfirmed } from '../confirmed-call.ts'
import { contextOf } from '../context.ts'
import type { Io } from '../io.ts'
import { resetOnThisMachine } from '../reset-on-this-machine.ts'

interface WithLink {
  link: string
  expiresAt: string
}

interface RecoveryOptions {
  removeSecondFactor?: boolean
  revokeTokens?: boolean
}

/** Commands that get people in, and back in. */
export function adminAccountCommands(admin: Command, io: Io): void {
  admin
    .command('create')
    .description('make an account, and print the link by which its receiver chooses a password')
    .argument('<email>')
    .requiredOption('--name <name>')
    .option('--admin', 'with the role admin')
    .action(async (email: string, options: { name: string; admin?: boolean }, command: Command) => {
      const { out, session } = contextOf(command, io)
      const made = await callConfirmed<WithLink>(io, await session(), '/v1/admin/accounts', {
        method: 'POST',
        body: { email, name: options.name, role: options.admin ? 'admin' : 'user' }
      })
      out.value(made, made.link)
      out.note(`The link works once, until ${made.expiresAt}.`)
    })

  recoveryOptions(
    admin
      .command('recover')
      .description('print a link by which the owner of an account chooses another password')
      .argument('<account>', 'its id')
  ).action(async (account: string, options: RecoveryOptions, command: Command) => {
    const { out, session } = contextOf(command, io)
    const path = `/v1/admin/accounts/${encodeURIComponent(account)}/recovery`
    const made = await callConfirmed<WithLink>(io, await session(), path, { method: 'POST', body: { ...options } })
    out.value(made, made.link)
    out.note(`The link works once, until ${made.expiresAt}.`)
  })

  recoveryOptions(
    admin
      .command('reset')
      .description(
        'the same without signing in, on the machine of the gateway: works on its database, which the environment ' +
          'variables of the gateway name. Stop a gateway with the embedded database first'
      )
      .argument('<email>')
  ).action(async (email: string, options: RecoveryOptions, command: Command) => {
    const { out } = contextOf(command, io)
    const { link, expiresAt } = await resetOnThisMachine(io.env, email, options)
    out.value({ link: link.reveal(), expiresAt: expiresAt.toISOString() }, link.reveal())
    out.note(`The link works once, until ${expiresAt.toISOString()}.`)
  })
}

function recoveryOptions(command: Command): Command {
  return command
    .option('--remove-second-factor', 'also remove the second factor when the link is used')
    .option('--revoke-tokens', 'also revoke the tokens of the account then')
}
