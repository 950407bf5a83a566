// A small but complete third-party service. It serves a page, signs its users in at the gateway, and accepts orders
// from users whose integration token the gateway confirms.
import { createHmac } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'

const page = new URL('./page.html', import.meta.url)

/**
 * @param {object} settings
 * @param {string} settings.gateway the gateway's public URL
 * @param {string} settings.actionPackageId
 * @param {string} settings.listenerId
 * @param {string} settings.workspaceKey
 * @param {string} settings.workspaceSecret never leaves this process; everything else is public
 */
export function createService({ workspaceKey, workspaceSecret, ...config }) {
  return createServer(async (request, response) => {
    const send = (status, body, type = 'application/json') =>
      response
        .writeHead(status, { 'content-type': type, 'cache-control': 'no-store' })
        .end(typeof body === 'string' ? body : JSON.stringify(body))
    try {
      switch (`${request.method} ${request.url}`) {
        case 'GET /':
          return send(200, await readFile(page, 'utf8'), 'text/html; charset=utf-8')
        case 'GET /config':
          return send(200, config)
        // A real service reads its own session here. This one has a single user.
        case 'GET /session':
          return send(
            200,
            signFor({ id: 'user-4711', name: 'Grace Hopper' }, workspaceKey, workspaceSecret),
            'text/plain'
          )
        case 'POST /orders': {
          const user = await findUser(config, request.headers.accesstoken)
          return user
            ? send(201, { orderedBy: user.id, name: user.name })
            : send(401, { error: 'The gateway rejects this token.' })
        }
        default:
          return send(404, { error: 'Not found.' })
      }
    } catch (error) {
      console.error(error)
      send(502, { error: 'The gateway cannot be reached.' })
    }
  })
}

/** Asks the gateway for the token's user, on every request, so that a revoked token stops working at once. */
async function findUser({ gateway, actionPackageId }, accessToken) {
  if (!accessToken) return undefined
  const answer = await fetch(`${gateway}/v1/users/me`, { headers: { accessToken } })
  if (answer.status === 401 || answer.status === 400) return undefined
  if (!answer.ok) throw new Error(`the gateway answered ${answer.status}`)
  const user = await answer.json()
  // A token for another service must not work here, although the gateway confirms its user.
  return user.actionPackageId === actionPackageId ? user : undefined
}

/** Signs a token for one user of this service. It lives for five minutes (docs/customers.md). */
function signFor(user, workspaceKey, workspaceSecret) {
  const now = Math.floor(Date.now() / 1000)
  const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const claims = { iss: workspaceKey, ...user, iat: now, exp: now + 300 }
  const input = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`
  return `${input}.${createHmac('sha256', workspaceSecret).update(input).digest('base64url')}`
}
