import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import type { ReadStream } from 'node:tty'
import { Secret } from '../lib/secret.ts'

/** The environment and streams of a command. */
export interface Io {
  env: Readonly<Record<string, string | undefined>>
  /**
   * The environment that a gateway started here would read, with `.env`. Only commands on the machine of a gateway read
   * it.
   */
  gatewayEnv(): Readonly<Record<string, string | undefined>>
  stdin: NodeJS.ReadableStream & Partial<Pick<ReadStream, 'isTTY'>>
  stdout: NodeJS.WritableStream
  stderr: NodeJS.WritableStream
  /** The folder where the session is stored. */
  home: string
}

/** An error that the user can correct. Its message is printed without a stack. */
export class CliError extends Error {
  override readonly name = 'CliError'
}

/**
 * Reads a secret from the environment, from standard input, or from the terminal without echo. Never from an argument,
 * because every user of the machine can read arguments.
 *
 * @throws CliError if there is none and no terminal to ask.
 */
export async function readSecret(
  io: Io,
  { name, variable, fromStdin }: { name: string; variable: string; fromStdin?: boolean | undefined }
): Promise<Secret> {
  if (fromStdin) return new Secret(await readLine(io))
  const given = io.env[variable]
  if (given) return new Secret(given)
  if (!io.stdin.isTTY)
    throw new CliError(`There is no terminal to ask for the ${name}. Set ${variable}, or use --stdin.`)
  return new Secret(await ask(io, `${name}: `, true))
}

/** Standard input, to its end. */
export async function readAll({ stdin }: Io): Promise<string> {
  let text = ''
  for await (const chunk of stdin) text += String(chunk)
  return text
}

/** The first line of standard input. @throws CliError if it is empty. */
export async function readLine({ stdin }: Io): Promise<string> {
  let text = ''
  for await (const chunk of stdin) {
    text += String(chunk)
    if (text.includes('\n')) break
  }
  const line = text.split(/\r?\n/, 1)[0] ?? ''
  if (line === '') throw new CliError('Standard input is empty.')
  return line
}

/** Asks on the terminal. Hidden answers are not echoed. */
export async function ask({ stdin, stderr }: Io, question: string, hidden = false): Promise<string> {
  stderr.write(question)
  const nowhere = new Writable({
    write(_chunk, _encoding, done) {
      done()
    }
  })
  const terminal = createInterface({ input: stdin, output: hidden ? nowhere : stderr, terminal: true })
  try {
    return await terminal.question('')
  } finally {
    terminal.close()
    if (hidden) stderr.write('\n')
  }
}
