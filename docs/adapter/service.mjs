// A third-party service, small but whole: it shows a page, signs its users in at the gateway, and takes orders from whoever the gateway vouches for.
import { createHmac } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'

const page = new URL('./page.html', import.meta.url)

/**
 * @param {{ gateway: string, actionPackageId: string, listenerId: string, workspaceKey: string, workspaceSecret: string }} settings
 *   `workspaceSecret` never leaves this process; the rest is public.
 */
export function createService({ workspaceKey, workspaceSecret, ...config }) {
  return createServer(async (request, response) => {
    const send = (status, body, type = 'application/json') => response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(typeof body === 'string' ? body : JSON.stringify(body))
    try {
      switch (`${request.method} ${request.url}`) {
        case 'GET /': return send(200, await readFile(page, 'utf8'), 'text/html; charset=utf-8')
        case 'GET /config': return send(200, config)
        // A real service looks at its own session here. This one has a single user.
        case 'GET /session': return send(200, signFor({ id: 'user-4711', name: 'Grace Hopper' }, workspaceKey, workspaceSecret), 'text/plain')
        case 'POST /orders': {
          const user = await whoSends(config, request.headers.accesstoken)
          return user ? send(201, { orderedBy: user.id, name: user.name }) : send(401, { error: 'The gateway does not vouch for this token.' })
        }
        default: return send(404, { error: 'There is nothing here.' })
      }
    } catch (error) {
      console.error(error)
      send(502, { error: 'The gateway could not be asked.' })
    }
  })
}

/** Asks the gateway whose token it is, with every request: a token that was ended is refused from then on. */
async function whoSends({ gateway, actionPackageId }, accessToken) {
  if (!accessToken) return undefined
  const answer = await fetch(`${gateway}/v1/users/me`, { headers: { accessToken } })
  if (answer.status === 401 || answer.status === 400) return undefined
  if (!answer.ok) throw new Error(`the gateway answered ${answer.status}`)
  const user = await answer.json()
  // A token for another service must not work here, though the gateway vouches for its user.
  return user.actionPackageId === actionPackageId ? user : undefined
}

/** A token for one user of this service, good for five minutes (docs/customers.md). */
function signFor(user, workspaceKey, workspaceSecret) {
  const now = Math.floor(Date.now() / 1000)
  const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const input = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode({ iss: workspaceKey, ...user, iat: now, exp: now + 300 })}`
  return `${input}.${createHmac('sha256', workspaceSecret).update(input).digest('base64url')}`
}
