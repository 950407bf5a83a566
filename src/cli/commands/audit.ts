import { readFile, writeFile } from 'node:fs/promises'
import type { Command } from 'commander'
import type { Answer } from '../../client/index.ts'
import { contextOf } from '../context.ts'
import { CliError, type Io } from '../io.ts'
import { type AuditHeads, createAuditCheck } from '../verify-audit.ts'

type LinkPage = Answer<'/v1/admin/audit/links', 'get'>

const PAGE = 200

export function auditCommands(program: Command, io: Io, setExitCode: (code: number) => void): void {
  program
    .command('audit')
    .description('the audit log')
    .command('verify')
    .description('verify the hash chains of the audit log; exits with 1 if a line was changed, removed or inserted')
    .option('--heads <file>', 'compare with the chain ends in this file, and store the new ones in it')
    .action(async ({ heads: file }: { heads?: string }, command: Command) => {
      const { out, client } = contextOf(command, io)
      const signedIn = await client()
      const check = createAuditCheck(file === undefined ? {} : await readHeads(file))
      let cursor: string | undefined
      let unlinked = 0
      do {
        const query: { limit: number; cursor: string | undefined } = { limit: PAGE, cursor }
        const page: LinkPage = await signedIn.GET('/v1/admin/audit/links', { params: { query } })
        for (const link of page.items) check.add(link)
        unlinked += page.unlinked ?? 0
        cursor = page.nextCursor ?? undefined
      } while (cursor !== undefined)
      const { lines, heads, faults } = check.finish()
      if (unlinked > 0) faults.push(`${unlinked === 1000 ? '1000 or more' : unlinked} lines have no link`)
      const whole = faults.length === 0
      out.value(
        { whole, lines, heads, faults },
        whole ? `${lines} lines, none changed.` : ['The audit log is not intact:', ...faults].join('\n  ')
      )
      if (!whole) setExitCode(1)
      else if (file !== undefined) await writeFile(file, `${JSON.stringify(heads, null, 2)}\n`)
    })
}

async function readHeads(file: string): Promise<AuditHeads> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {}
    throw new CliError(`${file} cannot be read: ${(error as Error).message}`)
  }
  try {
    return JSON.parse(text) as AuditHeads
  } catch {
    throw new CliError(`${file} does not hold the ends of chains.`)
  }
}
