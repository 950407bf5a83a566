import { CLIENT_AUTHENTICATIONS, OAUTH2_GRANTS } from '../ports.ts'
import { isObject, own } from '../../lib/json.ts'
import { stringFormOf } from '../string-form.ts'
import { all, type Check, list, type Member, object, oneOf, refused, required, text } from './combinators.ts'
import { textTemplate, usedName } from './values.ts'

const SCHEMES = ['basic', 'bearer', 'digest', 'oauth2', 'oidc'] as const
const INTERACTIVE = 'A flow has nobody at a browser: use client_credentials, password or refresh_token.'

const secretName = usedName('secrets', 'secret')

/** The members in place, or `{ use: <name of a secret> }` for a secret that holds them. */
const policy =
  (members: Readonly<Record<string, Member>>): Check =>
  (value, place, lint) =>
    object(isObject(value) && Object.hasOwn(value, 'use') ? { use: required(secretName) } : members)(value, place, lint)

const userAndPassword = { username: required(textTemplate), password: required(textTemplate) }

const grant: Check = (value, place, lint) => {
  if (value === 'authorization_code') lint.fault(place.pointer, `authorization_code is not run here. ${INTERACTIVE}`)
  else if (value === 'urn:ietf:params:oauth:grant-type:token-exchange')
    lint.fault(place.pointer, 'Token exchange is not run here: use client_credentials, password or refresh_token.')
  else oneOf(...OAUTH2_GRANTS)(value, place, lint)
}

const token = object({ token: required(textTemplate), type: required(textTemplate) })

const authority: Check = (value, place, lint) => {
  textTemplate(value, place, lint)
  if (typeof value === 'string' && stringFormOf(value).form === 'literal' && !/^https?:\/\/[^/]/i.test(value))
    lint.fault(place.pointer, 'Must be an absolute http: or https: URI.')
}

const oauth2Members = {
  authority: required(authority),
  grant: required(grant),
  client: object({
    id: textTemplate,
    secret: textTemplate,
    assertion: textTemplate,
    authentication: oneOf(...CLIENT_AUTHENTICATIONS)
  }),
  request: object({ encoding: oneOf('application/x-www-form-urlencoded', 'application/json') }),
  issuers: list(textTemplate),
  scopes: list(textTemplate),
  audiences: list(textTemplate),
  username: textTemplate,
  password: textTemplate,
  subject: token,
  actor: token
}

/** The members that a grant needs besides the client. */
const grantMembers: Check = (value, place, lint) => {
  if (!isObject(value) || Object.hasOwn(value, 'use')) return
  const needed = { password: ['username', 'password'], refresh_token: ['subject'] }[String(own(value, 'grant'))] ?? []
  for (const name of needed)
    if (!Object.hasOwn(value, name))
      lint.fault(
        place.pointer,
        `The grant ${String(own(value, 'grant'))} needs "${name}"` +
          `${name === 'subject' ? ': the refresh token is subject.token' : ''}.`
      )
}

const schemes = {
  basic: policy(userAndPassword),
  bearer: policy({ token: required(textTemplate) }),
  digest: policy(userAndPassword),
  oauth2: all(
    policy({ ...oauth2Members, endpoints: object({ token: text, revocation: text, introspection: text }) }),
    grantMembers
  ),
  oidc: all(policy(oauth2Members), grantMembers),
  certificate: refused('Client certificates are not sent by calls here: use bearer, basic, digest, oauth2 or oidc.')
}

const inFull = object(schemes)
const byName = object({ use: required(usedName('authentications', 'authentication')) })

/** A policy of one scheme. */
export const authenticationPolicy: Check = (value, place, lint) => {
  const inside = { ...place, extra: [...place.extra, 'secrets' as const] }
  inFull(value, inside, lint)
  if (
    isObject(value) &&
    SCHEMES.filter((scheme) => Object.hasOwn(value, scheme)).length !== 1 &&
    !Object.hasOwn(value, 'certificate')
  ) {
    lint.fault(place.pointer, `Must have one of ${SCHEMES.join(', ')}.`)
  }
}

/** A policy, or `{ use: <name in use.authentications> }`. */
export const authentication: Check = (value, place, lint) =>
  (isObject(value) && Object.hasOwn(value, 'use') ? byName : authenticationPolicy)(value, place, lint)
