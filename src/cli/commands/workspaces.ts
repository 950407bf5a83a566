import type { Command } from 'commander'
import { take } from '../client.ts'
import { confirmed } from '../confirmed-call.ts'
import { contextOf } from '../context.ts'
import type { Io } from '../io.ts'
import { workspaceOf } from '../resolve.ts'
import { describePolicy, policyFrom, policyOptions, type PolicyOptions } from './policy-options.ts'

const WORKSPACE = 'the id, name or key of a workspace'

export function workspaceCommands(program: Command, io: Io): void {
  const workspaces = program
    .command('workspaces')
    .description('manage workspaces, which contain flows, listeners and secrets')

  workspaces
    .command('list')
    .description('my workspaces')
    .action(async (_options: unknown, command: Command) => {
      const { out, client } = contextOf(command, io)
      out.table(await take((await client()).list('/v1/workspaces')), ['id', 'name', 'role', 'key', 'suspended'])
    })

  workspaces
    .command('create')
    .description('create a workspace, and print its signing secret, which is shown only once')
    .argument('<name>')
    .action(async (name: string, _options: unknown, command: Command) => {
      const { out, client } = contextOf(command, io)
      const made = await (await client()).POST('/v1/workspaces', { body: { name } })
      out.value(made, made.secret)
      out.note(`${made.id}, key ${made.key}. The secret, which signs customers' tokens, is shown only now.`)
    })

  workspaces
    .command('delete')
    .description('delete a workspace with everything in it')
    .argument('<workspace>', WORKSPACE)
    .action(async (text: string, _options: unknown, command: Command) => {
      const { out, client } = contextOf(command, io)
      const signedIn = await client()
      const path = { workspaceId: await workspaceOf(signedIn, text) }
      await confirmed(io, signedIn, () => signedIn.DELETE('/v1/workspaces/{workspaceId}', { params: { path } }))
      out.value({ deleted: path.workspaceId }, 'Deleted.')
    })

  const policy = workspaces.command('policy').description('manage the policy for tokens that reach a workspace')
  policy
    .command('show')
    .argument('<workspace>', WORKSPACE)
    .action(async (text: string, _options: unknown, command: Command) => {
      const { out, client } = contextOf(command, io)
      const signedIn = await client()
      const path = { workspaceId: await workspaceOf(signedIn, text) }
      const shown = await signedIn.GET('/v1/workspaces/{workspaceId}/policy', { params: { path } })
      out.value(shown, describePolicy(shown))
    })
  policyOptions(
    policy
      .command('set')
      .description('replace the policy; without options, clear it')
      .argument('<workspace>', WORKSPACE)
  ).action(async (text: string, options: PolicyOptions, command: Command) => {
    const { out, client } = contextOf(command, io)
    const signedIn = await client()
    const params = { path: { workspaceId: await workspaceOf(signedIn, text) } }
    const body = policyFrom(options)
    const set = await confirmed(io, signedIn, () =>
      signedIn.PUT('/v1/workspaces/{workspaceId}/policy', { params, body })
    )
    out.value(set, describePolicy(set))
  })
}
