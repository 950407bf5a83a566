import { text, valueAt } from '../outline.ts'
import { plainName } from './imported.ts'
import { type Collection, filled, type Task } from './postman-variables.ts'

/**
 * The authentication of a request. Its credentials become secrets of the workspace: their values are not taken from the
 * file.
 */
export function authenticationOf(
  name: string,
  auth: unknown,
  collection: Collection,
  headers: Record<string, unknown>
): Task | undefined {
  const type = text(valueAt(auth, 'type'))
  if (type === '' || type === 'noauth') return undefined
  if (type === 'bearer')
    return named('bearer', () => ({ bearer: { token: secret(auth, type, 'token', collection) } }), collection)
  if (type === 'basic') {
    const user = filled(parameter(auth, type, 'username'), collection)
    return named(
      'basic',
      () => ({ basic: { username: user, password: secret(auth, type, 'password', collection) } }),
      collection
    )
  }
  if (type === 'apikey' && parameter(auth, type, 'in') !== 'query') {
    collection.note(
      `${name}: its key goes into the header ${parameter(auth, type, 'key')}: write it there once the secret exists.`
    )
    headers[parameter(auth, type, 'key') || 'X-API-Key'] = 'replace-me'
    return undefined
  }
  collection.note(
    `${name}: authentication of the kind ${type} is not taken over. Add a credential in the flow settings.`
  )
  return undefined
}

function named(name: string, policy: () => Task, { authentications }: Collection): Task {
  authentications[name] ??= policy()
  return { use: name }
}

function secret(auth: unknown, type: string, key: string, collection: Collection): string {
  const variable = /^\{\{\s*([^{}]+?)\s*\}\}$/.exec(parameter(auth, type, key))?.[1]
  const name = plainName(variable ?? `${type} ${key}`, 'secret').replaceAll('-', '_')
  collection.secrets.add(name)
  return `\${ $secrets.${name} }`
}

function parameter(auth: unknown, type: string, key: string): string {
  const given = valueAt(auth, type)
  if (!Array.isArray(given)) return text(valueAt(given, key))
  return text(
    valueAt(
      (given as unknown[]).find((each) => valueAt(each, 'key') === key),
      'value'
    )
  )
}
