import type { Command } from 'commander'
import { take } from '../client.ts'
import { contextOf } from '../context.ts'
import type { Io } from '../io.ts'
import { inWorkspaces, WORKSPACE } from '../resolve.ts'

export function listenerCommands(program: Command, io: Io): void {
  program
    .command('listeners')
    .description('list the listeners of one workspace, or of all of yours')
    .option(...WORKSPACE)
    .action(async ({ workspace }: { workspace?: string }, command: Command) => {
      const { out, client } = contextOf(command, io)
      const signedIn = await client()
      const listeners = inWorkspaces(signedIn, workspace, (workspaceId) =>
        signedIn.list('/v1/workspaces/{workspaceId}/listeners', { params: { path: { workspaceId } } })
      )
      out.table(await take(listeners), ['id', 'name', 'enabled', 'mode', 'url'])
    })
}
