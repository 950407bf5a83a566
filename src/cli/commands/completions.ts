import { Argument, type Command } from 'commander'
import { completionOf, SHELLS, type Shell } from '../completion.ts'
import type { Io } from '../io.ts'

export function completionCommand(program: Command, io: Io): void {
  program
    .command('completions')
    .description('print a completion script for a shell; use it with: source <(sluice completions bash)')
    .addArgument(new Argument('<shell>').choices(SHELLS))
    .action((shell: Shell) => {
      io.stdout.write(completionOf(shell, program))
    })
}
