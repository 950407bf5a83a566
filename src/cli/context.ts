import type { Command } from 'commander'
import type { Client } from '../client/index.ts'
import { clientOf } from './client.ts'
import { createOutput, type Output } from './output.ts'
import type { Io } from './io.ts'
import { currentSession } from './session.ts'

/** The output, the client and the options of a command. */
export interface Context {
  io: Io
  out: Output
  /** The value of `--url`, if it was given. */
  url: string | undefined
  /** A client that is signed in. @throws CliError if nobody is signed in. */
  client(): Promise<Client>
}

/** Reads the options that every command takes. */
export function contextOf(command: Command, io: Io): Context {
  const { json = false, url } = command.optsWithGlobals<{ json?: boolean; url?: string }>()
  return { io, out: createOutput(io, json), url, client: async () => clientOf(await currentSession(io, url)) }
}
