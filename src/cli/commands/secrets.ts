import type { Command } from 'commander'
import { take } from '../client.ts'
import { contextOf } from '../context.ts'
import { CliError, type Io, readAll, readSecret } from '../io.ts'
import { Secret } from '../../lib/secret.ts'
import { WORKSPACE, workspaceOf } from '../resolve.ts'

export function secretCommands(program: Command, io: Io): void {
  const secrets = program
    .command('secrets')
    .description('manage secrets: values that flows use and nobody can read back')

  secrets
    .command('list')
    .description('list the names of the secrets of a workspace')
    .requiredOption(...WORKSPACE)
    .action(async ({ workspace }: { workspace: string }, command: Command) => {
      const { out, client } = contextOf(command, io)
      const signedIn = await client()
      const path = { workspaceId: await workspaceOf(signedIn, workspace) }
      const names = signedIn.list('/v1/workspaces/{workspaceId}/secrets', { params: { path } })
      out.table(await take(names), ['name', 'createdAt', 'updatedAt'])
    })

  secrets
    .command('set')
    .description('store a value, read from the terminal, SLUICE_SECRET or --stdin')
    .argument('<name>')
    .requiredOption(...WORKSPACE)
    .option('--stdin', 'read the value from standard input; it may have several lines')
    .action(async (name: string, options: { workspace: string; stdin?: boolean }, command: Command) => {
      const { out, client } = contextOf(command, io)
      const value = options.stdin ? await readValue(io) : await readSecret(io, { name, variable: 'SLUICE_SECRET' })
      const signedIn = await client()
      const path = { workspaceId: await workspaceOf(signedIn, options.workspace), name }
      const body = { value: value.reveal() }
      await signedIn.PUT('/v1/workspaces/{workspaceId}/secrets/{name}', { params: { path }, body })
      out.value({ set: name }, `${name} is set.`)
    })

  secrets
    .command('delete')
    .description('delete a secret')
    .argument('<name>')
    .requiredOption(...WORKSPACE)
    .action(async (name: string, { workspace }: { workspace: string }, command: Command) => {
      const { out, client } = contextOf(command, io)
      const signedIn = await client()
      const path = { workspaceId: await workspaceOf(signedIn, workspace), name }
      await signedIn.DELETE('/v1/workspaces/{workspaceId}/secrets/{name}', { params: { path } })
      out.value({ deleted: name }, 'Deleted.')
    })
}

/** Reads standard input without a final line break, which editors and `echo` add. @throws CliError if it is empty */
async function readValue(io: Io): Promise<Secret> {
  const value = (await readAll(io)).replace(/\r?\n$/, '')
  if (value === '') throw new CliError('Standard input is empty.')
  return new Secret(value)
}
