import type { Command } from 'commander'
import { generateKeys } from '../../lib/keyring.ts'
import { confirmed } from '../confirmed-call.ts'
import { contextOf } from '../context.ts'
import type { Io } from '../io.ts'

export function keyCommands(program: Command, io: Io, setExitCode: (code: number) => void): void {
  const keys = program.command('keys').description('manage the keys for secrets at rest')

  keys
    .command('new')
    .description('print a new entry for SLUICE_KEYS')
    .action((_options: unknown, command: Command) => {
      const entry = generateKeys()
      contextOf(command, io).out.value({ entry }, entry)
    })

  keys
    .command('rotate')
    .description('encrypt all secrets with the first key of SLUICE_KEYS, while the gateway runs')
    .action(async (_options: unknown, command: Command) => {
      const { out, client } = contextOf(command, io)
      const signedIn = await client()
      let resealed = 0
      let last
      do {
        last = await confirmed(io, signedIn, () => signedIn.POST('/v1/admin/keys/reseal', { body: {} }))
        resealed += last.resealed
      } while (!last.done)
      out.value(
        { keyId: last.keyId, resealed, unreadable: last.unreadable },
        `${resealed} secrets sealed with ${last.keyId}.`
      )
      if (last.unreadable > 0) {
        out.note(`${last.unreadable} do not open with any key; the gateway's log names them. Keep the old keys.`)
        setExitCode(1)
      }
    })
}
