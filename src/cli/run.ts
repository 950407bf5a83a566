import { Command, CommanderError } from 'commander'
import { ApiProblem, Unreachable } from '../client/index.ts'
import { describeProblem } from './client.ts'
import { adminCommands } from './commands/admin.ts'
import { auditCommands } from './commands/audit.ts'
import { completionCommand } from './commands/completions.ts'
import { flowCommands } from './commands/flows.ts'
import { gatewayCommands } from './commands/gateway.ts'
import { keyCommands } from './commands/keys.ts'
import { listenerCommands } from './commands/listeners.ts'
import { memberCommands } from './commands/members.ts'
import { runCommands } from './commands/runs.ts'
import { scanCommand } from './commands/scan.ts'
import { secretCommands } from './commands/secrets.ts'
import { sessionCommands } from './commands/session.ts'
import { tokenCommands } from './commands/tokens.ts'
import { workspaceCommands } from './commands/workspaces.ts'
import { CliError, type Io } from './io.ts'
import { printable } from './output.ts'

/** The exit code for a wrong command line. Refusals and failures exit with 1. */
const USAGE_EXIT = 2

/**
 * Runs one command of `sluice`.
 *
 * @returns the exit code: 0 for success; 1 if the gateway refused, something failed, or `scan` found something; 2 for
 * a wrong command line.
 */
export async function runCli(args: readonly string[], io: Io): Promise<number> {
  let exitCode = 0
  try {
    await createProgram(io, (code) => {
      exitCode = code
    }).parseAsync([...args], { from: 'user' })
    return exitCode
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE_EXIT
    const said = messageOf(error)
    if (said === undefined) throw error
    io.stderr.write(`${printable(said)}\n`)
    return 1
  }
}

/** The message of an error that the user can correct, or that the gateway answered; undefined for any other error. */
function messageOf(error: unknown): string | undefined {
  if (error instanceof ApiProblem) return describeProblem(error)
  return error instanceof CliError || error instanceof Unreachable ? error.message : undefined
}

export function createProgram(io: Io, setExitCode: (code: number) => void): Command {
  const program = new Command('sluice')
    .description(
      'Start a Sluice gateway, and manage its tokens, flows, listeners and runs. ' +
        'Secrets are read from the terminal, the environment or standard input, never from arguments.'
    )
    .option('--url <url>', 'the URL of the gateway; default: SLUICE_URL, else the one you signed in to')
    .option('--json', 'print JSON')
    .configureOutput({ writeOut: (text) => io.stdout.write(text), writeErr: (text) => io.stderr.write(text) })
    .exitOverride()
  gatewayCommands(program, io, setExitCode)
  sessionCommands(program, io)
  tokenCommands(program, io)
  workspaceCommands(program, io)
  memberCommands(program, io)
  flowCommands(program, io)
  secretCommands(program, io)
  listenerCommands(program, io)
  runCommands(program, io)
  adminCommands(program, io)
  scanCommand(program, io, setExitCode)
  keyCommands(program, io, setExitCode)
  auditCommands(program, io, setExitCode)
  completionCommand(program, io)
  return program
}
