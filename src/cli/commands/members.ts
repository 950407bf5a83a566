import { type Command, Option } from 'commander'
import { take } from '../client.ts'
import { confirmed } from '../confirmed-call.ts'
import { contextOf } from '../context.ts'
import type { Io } from '../io.ts'
import { wholeNumber } from '../option-values.ts'
import { memberOf, WORKSPACE, workspaceOf } from '../resolve.ts'

const ROLES = ['owner', 'editor', 'viewer'] as const
type Role = (typeof ROLES)[number]

const MEMBER = 'an e-mail, or the id of an account'
const role = (): Option => new Option('--role <role>').choices(ROLES).makeOptionMandatory()

export function memberCommands(program: Command, io: Io): void {
  const members = program.command('members').description('manage the members of a workspace')

  members
    .command('list')
    .description('list the members of a workspace')
    .requiredOption(...WORKSPACE)
    .action(async ({ workspace }: { workspace: string }, command: Command) => {
      const { out, client } = contextOf(command, io)
      const signedIn = await client()
      const path = { workspaceId: await workspaceOf(signedIn, workspace) }
      const rows = signedIn.list('/v1/workspaces/{workspaceId}/members', { params: { path } })
      out.table(await take(rows), ['accountId', 'email', 'name', 'role', 'createdAt'])
    })

  members
    .command('invitations')
    .description('list the open invitations of a workspace')
    .requiredOption(...WORKSPACE)
    .action(async ({ workspace }: { workspace: string }, command: Command) => {
      const { out, client } = contextOf(command, io)
      const signedIn = await client()
      const path = { workspaceId: await workspaceOf(signedIn, workspace) }
      const rows = signedIn.list('/v1/workspaces/{workspaceId}/invitations', { params: { path } })
      out.table(await take(rows), ['id', 'email', 'role', 'expiresAt'])
    })

  members
    .command('invite')
    .description('invite somebody, and print the link with which they accept')
    .argument('<email>')
    .requiredOption(...WORKSPACE)
    .addOption(role())
    .option('--days <days>', 'days until the link expires', wholeNumber)
    .action(async (email: string, options: { workspace: string; role: Role; days?: number }, command: Command) => {
      const { out, client } = contextOf(command, io)
      const signedIn = await client()
      const params = { path: { workspaceId: await workspaceOf(signedIn, options.workspace) } }
      const body = { email, role: options.role, ...(options.days === undefined ? {} : { expiresInDays: options.days }) }
      const invitation = await confirmed(io, signedIn, () =>
        signedIn.POST('/v1/workspaces/{workspaceId}/invitations', { params, body })
      )
      out.value(invitation, invitation.link)
      out.note(`The link works once, until ${invitation.expiresAt}.`)
    })

  members
    .command('role')
    .description('change the role of a member')
    .argument('<member>', MEMBER)
    .requiredOption(...WORKSPACE)
    .addOption(role())
    .action(async (text: string, options: { workspace: string; role: Role }, command: Command) => {
      const { out, client } = contextOf(command, io)
      const signedIn = await client()
      const workspaceId = await workspaceOf(signedIn, options.workspace)
      const path = { workspaceId, accountId: await memberOf(signedIn, workspaceId, text) }
      const member = await confirmed(io, signedIn, () =>
        signedIn.PATCH('/v1/workspaces/{workspaceId}/members/{accountId}', {
          params: { path },
          body: { role: options.role }
        })
      )
      out.value(member, `${member.email} is ${member.role}.`)
    })

  members
    .command('remove')
    .description('end a membership')
    .argument('<member>', MEMBER)
    .requiredOption(...WORKSPACE)
    .action(async (text: string, { workspace }: { workspace: string }, command: Command) => {
      const { out, client } = contextOf(command, io)
      const signedIn = await client()
      const workspaceId = await workspaceOf(signedIn, workspace)
      const path = { workspaceId, accountId: await memberOf(signedIn, workspaceId, text) }
      await confirmed(io, signedIn, () =>
        signedIn.DELETE('/v1/workspaces/{workspaceId}/members/{accountId}', { params: { path } })
      )
      out.value({ removed: path.accountId }, 'Removed.')
    })
}
