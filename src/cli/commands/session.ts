import type { Command } from 'commander'
import { Secret } from '../../lib/secret.ts'
import { type Answer, ApiProblem } from '../../client/index.ts'
import { clientOf } from '../client.ts'
import { contextOf } from '../context.ts'
import { ask, CliError, readSecret, type Io } from '../io.ts'
import { currentSession, forgetSession, gatewayUrl, keepSession } from '../session.ts'

type SignedIn = Answer<'/v1/sessions', 'post'>

export function sessionCommands(program: Command, io: Io): void {
  program
    .command('login')
    .description(
      'sign in; reads the password from the terminal, SLUICE_PASSWORD or --stdin, ' +
        'and the code of a second factor from the terminal or SLUICE_TOTP'
    )
    .option('--email <email>', 'the e-mail of the account; default: SLUICE_EMAIL, else it is asked for')
    .option('--stdin', 'read the password from standard input')
    .action(async (options: { email?: string; stdin?: boolean }, command: Command) => {
      const { out, url: given } = contextOf(command, io)
      const url = await gatewayUrl(io, given)
      const email = options.email ?? io.env.SLUICE_EMAIL ?? (await askFor(io, 'e-mail'))
      const password = await readSecret(io, { name: 'password', variable: 'SLUICE_PASSWORD', fromStdin: options.stdin })
      const { token, expiresAt, account } = await signIn(io, url, email, password)
      const file = await keepSession(io, { url, token: new Secret(token) })
      out.value({ url, email: account.email, expiresAt }, `Signed in to ${url} as ${account.email} until ${expiresAt}.`)
      out.note(`The session is kept in ${file}.`)
    })

  program
    .command('logout')
    .description('end the session')
    .action(async (_options: unknown, command: Command) => {
      const { out, url } = contextOf(command, io)
      const session = await currentSession(io, url)
      try {
        await clientOf(session).DELETE('/v1/sessions/current')
      } catch (error) {
        // The session may have expired. Then only the file has to be removed.
        if (!(error instanceof ApiProblem && error.status === 401)) throw error
      }
      await forgetSession(io)
      out.value({ signedOut: true }, 'Signed out.')
    })
}

async function signIn(io: Io, url: string, email: string, password: Secret): Promise<SignedIn> {
  const body = { email, password: password.reveal() }
  const client = clientOf({ url })
  try {
    return await client.POST('/v1/sessions', { body })
  } catch (error) {
    if (!(error instanceof ApiProblem) || error.document.totp !== 'required') throw error
    const totp = await readSecret(io, { name: 'code of the second factor', variable: 'SLUICE_TOTP' })
    return client.POST('/v1/sessions', { body: { ...body, totp: totp.reveal() } })
  }
}

async function askFor(io: Io, what: string): Promise<string> {
  if (!io.stdin.isTTY) throw new CliError(`There is no terminal to ask for the ${what}.`)
  return ask(io, `${what}: `)
}
