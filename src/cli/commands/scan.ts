import { readFile } from 'node:fs/promises'
import type { Command } from 'commander'
import type { JSONWebKeySet } from 'jose'
import { contextOf } from '../context.ts'
import { CliError, type Io } from '../io.ts'
import { scanFiles } from '../scan-files.ts'

export function scanCommand(program: Command, io: Io, setExitCode: (code: number) => void): void {
  program
    .command('scan')
    .description('find tokens in files, offline; exits with 1 if it finds any')
    .argument('<path...>')
    .option('--jwks <file>', 'a copy of /.well-known/jwks.json, to verify JWTs with')
    .action(async (paths: string[], options: { jwks?: string }, command: Command) => {
      const { out } = contextOf(command, io)
      let count = 0
      try {
        for await (const finding of scanFiles(paths, options.jwks ? await readJwks(options.jwks) : undefined)) {
          count++
          const { file, line, column, kind, start, verified } = finding
          out.line(finding, `${file}:${line}:${column}  ${kind}  ${start}…  ${verified}`)
        }
      } catch (error) {
        if ((error as NodeJS.ErrnoException).syscall === undefined) throw error
        throw new CliError((error as Error).message)
      }
      out.note(count === 0 ? 'Nothing found.' : `${count} found. Revoke them: sluice tokens revoke --stdin`)
      if (count > 0) setExitCode(1)
    })
}

async function readJwks(file: string): Promise<JSONWebKeySet> {
  const jwks = JSON.parse(await readFile(file, 'utf8')) as JSONWebKeySet
  if (!Array.isArray(jwks.keys)) throw new CliError(`${file} is not a JWK Set.`)
  return jwks
}
