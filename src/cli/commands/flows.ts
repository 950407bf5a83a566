import { readFile } from 'node:fs/promises'
import path from 'node:path'
import type { Command } from 'commander'
import { take } from '../client.ts'
import { contextOf } from '../context.ts'
import { CliError, type Io, readAll } from '../io.ts'
import { wholeNumber } from '../option-values.ts'
import { flowOf, inWorkspaces, WORKSPACE, workspaceOf } from '../resolve.ts'

const FLOW = 'the id or name of a flow'
const FILE = 'a document in JSON (.json) or YAML'

export function flowCommands(program: Command, io: Io): void {
  const flows = program.command('flows').description('manage flows, the documents that listeners run')

  flows
    .command('list')
    .description('list the flows of one workspace, or of all of yours')
    .option(...WORKSPACE)
    .action(async ({ workspace }: { workspace?: string }, command: Command) => {
      const { out, client } = contextOf(command, io)
      const signedIn = await client()
      const rows = inWorkspaces(signedIn, workspace, (workspaceId) =>
        signedIn.list('/v1/workspaces/{workspaceId}/flows', { params: { path: { workspaceId } } })
      )
      out.table(await take(rows), ['id', 'name', 'publishedVersion', 'latestVersion', 'updatedAt'])
    })

  flows
    .command('show')
    .description('print the text of a flow, as it was saved')
    .argument('<flow>', FLOW)
    .option('--version <number>', 'the version; default: the newest', wholeNumber)
    .action(async (text: string, { version }: { version?: number }, command: Command) => {
      const { out, client } = contextOf(command, io)
      const signedIn = await client()
      const params = { path: { flowId: await flowOf(signedIn, text) }, query: { version } }
      const flow = await signedIn.GET('/v1/flows/{flowId}', { params })
      out.value(flow, flow.source.text.trimEnd())
    })

  flows
    .command('versions')
    .description('list the versions of a flow, newest first')
    .argument('<flow>', FLOW)
    .action(async (text: string, _options: unknown, command: Command) => {
      const { out, client } = contextOf(command, io)
      const signedIn = await client()
      const flowId = await flowOf(signedIn, text)
      const versions = signedIn.list('/v1/flows/{flowId}/versions', { params: { path: { flowId } } })
      out.table(await take(versions), ['version', 'published', 'createdAt', 'createdBy', 'note'])
    })

  flows
    .command('create')
    .description('create a flow, and publish it')
    .argument('<file>', FILE)
    .requiredOption(...WORKSPACE)
    .action(async (file: string, { workspace }: { workspace: string }, command: Command) => {
      const { out, client } = contextOf(command, io)
      const document = await readDocument(file)
      const signedIn = await client()
      const workspaceId = await workspaceOf(signedIn, workspace)
      const params = { path: { workspaceId } }
      const flow = await signedIn.POST('/v1/workspaces/{workspaceId}/flows', { params, ...document })
      out.value(flow, `${flow.id}: version ${flow.version} of ${flow.name}.`)
    })

  flows
    .command('update')
    .description('save a new version of a flow; listeners run it once it is published')
    .argument('<flow>', FLOW)
    .argument('<file>', FILE)
    .option('--note <text>', 'what changed')
    .option('--publish', 'publish it too')
    .action(async (text: string, file: string, options: { note?: string; publish?: boolean }, command: Command) => {
      const { out, client } = contextOf(command, io)
      const document = await readDocument(file)
      const signedIn = await client()
      const path = { flowId: await flowOf(signedIn, text) }
      const { latestVersion } = await signedIn.GET('/v1/flows/{flowId}', { params: { path } })
      const params = { path, query: { note: options.note }, header: { 'if-match': `"${latestVersion}"` } }
      const flow = await signedIn.PUT('/v1/flows/{flowId}', { params, ...document })
      if (options.publish)
        await signedIn.POST('/v1/flows/{flowId}/publish', { params: { path }, body: { version: flow.version } })
      out.value(flow, `${flow.id}: version ${flow.version}${options.publish ? ', published' : ''}.`)
    })

  flows
    .command('publish')
    .description('publish a version: listeners run it from now on')
    .argument('<flow>', FLOW)
    .requiredOption('--version <number>', 'the version', wholeNumber)
    .option('--note <text>', 'why')
    .action(async (text: string, options: { version: number; note?: string }, command: Command) => {
      const { out, client } = contextOf(command, io)
      const signedIn = await client()
      const flowId = await flowOf(signedIn, text)
      const body = { version: options.version, ...(options.note === undefined ? {} : { note: options.note }) }
      const flow = await signedIn.POST('/v1/flows/{flowId}/publish', { params: { path: { flowId } }, body })
      out.value(flow, `Version ${options.version} is published.`)
    })

  flows
    .command('validate')
    .description('list all faults of a document, without saving it')
    .argument('<file>', FILE)
    .action(async (file: string, _options: unknown, command: Command) => {
      const { out, client } = contextOf(command, io)
      const answer = await (await client()).POST('/v1/flows/validate', await readDocument(file))
      out.value(answer, 'It is valid.')
    })

  flows
    .command('simulate')
    .description('run a flow without calling any upstream; the input is JSON from standard input')
    .argument('<flow>', FLOW)
    .action(async (text: string, _options: unknown, command: Command) => {
      const { out, client } = contextOf(command, io)
      const input = await readInput(io)
      const signedIn = await client()
      const flowId = await flowOf(signedIn, text)
      const params = { path: { flowId } }
      const answer = await signedIn.POST('/v1/flows/{flowId}/simulate', { params, body: { input } })
      out.value(answer, JSON.stringify(answer, null, 2))
    })

  flows
    .command('diagram')
    .description('print the diagram of a flow in Mermaid')
    .argument('<flow>', FLOW)
    .action(async (text: string, _options: unknown, command: Command) => {
      const { out, client } = contextOf(command, io)
      const signedIn = await client()
      const flowId = await flowOf(signedIn, text)
      const diagram = String(await signedIn.GET('/v1/flows/{flowId}/diagram', { params: { path: { flowId } } }))
      out.value({ diagram }, diagram.trimEnd())
    })

  flows
    .command('delete')
    .description('delete a flow that no listener uses')
    .argument('<flow>', FLOW)
    .action(async (text: string, _options: unknown, command: Command) => {
      const { out, client } = contextOf(command, io)
      const signedIn = await client()
      const flowId = await flowOf(signedIn, text)
      await signedIn.DELETE('/v1/flows/{flowId}', { params: { path: { flowId } } })
      out.value({ deleted: flowId }, 'Deleted.')
    })
}

/** Reads a document without changing it: the gateway keeps its text, comments included. */
async function readDocument(file: string): Promise<{ headers: { 'Content-Type': string }; body: string }> {
  try {
    const type = path.extname(file) === '.json' ? 'application/json' : 'application/yaml'
    return { headers: { 'Content-Type': type }, body: await readFile(file, 'utf8') }
  } catch (error) {
    throw new CliError(`${file} cannot be read: ${(error as Error).message}`)
  }
}

async function readInput(io: Io): Promise<unknown> {
  const text = await readAll(io)
  try {
    return text.trim() === '' ? {} : (JSON.parse(text) as unknown)
  } catch (error) {
    throw new CliError(`Standard input is not JSON: ${(error as Error).message}`)
  }
}
