import type { Command } from 'commander'
import { createOutput, type Output } from './output.ts'
import type { Io } from './io.ts'
import { currentSession, type Session } from './session.ts'

/** What a command works with. */
export interface Context {
  io: Io
  out: Output
  /** The value of `--url`, if it was given. */
  url: string | undefined
  /** @throws CliError if nobody is signed in. */
  session(): Promise<Session>
}

/** Reads the options that every command takes. */
export function contextOf(command: Command, io: Io): Context {
  const { json = false, url } = command.optsWithGlobals<{ json?: boolean; url?: string }>()
  return { io, out: createOutput(io, json), url, session: () => currentSession(io, url) }
}

/** For options that may be given several times. */
export function collect(value: string, before: string[] | undefined): string[] {
  return [...(before ?? []), value]
}
