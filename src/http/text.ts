import type { FastifyRequest } from 'fastify'
import { Fault, type FieldFault } from '../lib/fault.ts'
import { isObject, repeatsMember } from '../lib/json.ts'
import { pointerTo } from '../lib/json-pointer.ts'
import { decodeUtf8, faultOfText, hasRiskyEscape, textFaults } from '../lib/unicode.ts'

/** @throws Fault `validation_failed` for bytes that are not UTF-8 (RFC 8259, section 8.1) */
export function decodeBody(body: Uint8Array): string {
  try {
    return decodeUtf8(body)
  } catch {
    throw new Fault('validation_failed', { why: 'malformed_utf8', errors: [{ pointer: '', message: 'is not UTF-8' }] })
  }
}

/**
 * Describes a fault of a JSON body that parses: a repeated member (RFC 8259, section 4), or text that the database
 * cannot store. Undefined if there is none.
 */
export function faultOfBody(json: string, value: unknown): Fault | undefined {
  if (repeatsMember(json, value))
    return new Fault('validation_failed', {
      why: 'member_twice',
      errors: [{ pointer: '', message: 'has a repeated member: each name must occur once in an object' }]
    })
  const errors = hasRiskyEscape(json) ? textFaults(value) : []
  return errors.length > 0 ? new Fault('validation_failed', { why: 'text_in_body', errors }) : undefined
}

/** Describes members with names that no JSON body may have; undefined if there are none, or the text is not JSON. */
export function faultOfNames(json: string): Fault | undefined {
  const errors: FieldFault[] = []
  try {
    collectBadNames(JSON.parse(json), '', errors)
  } catch {
    return undefined
  }
  return errors.length > 0 ? new Fault('validation_failed', { why: 'name_in_body', errors }) : undefined
}

function collectBadNames(value: unknown, at: string, errors: FieldFault[]): void {
  if (typeof value !== 'object' || value === null) return
  for (const [name, member] of Object.entries(value)) {
    const pointer = pointerTo(at, name)
    const isBad =
      name === '__proto__' || (name === 'constructor' && isObject(member) && Object.hasOwn(member, 'prototype'))
    if (isBad) errors.push({ pointer, message: 'is a name with a special meaning in JavaScript: choose another one' })
    else collectBadNames(member, pointer, errors)
  }
}

/**
 * Refuses text in the URL that the database cannot store. In the path, it cannot name anything that exists.
 * @throws Fault `not_found` for a name in the path, `validation_failed` for text in the query
 */
export function refuseBadText({ params, query }: Pick<FastifyRequest, 'params' | 'query'>): void {
  if (faultsOfFields(params).length > 0) throw new Fault('not_found', { why: 'text_in_path' })
  const errors = faultsOfFields(query)
  if (errors.length > 0) throw new Fault('validation_failed', { why: 'text_in_query', errors })
}

function faultsOfFields(fields: unknown): FieldFault[] {
  return Object.entries((fields ?? {}) as Record<string, unknown>).flatMap(([name, sent]) =>
    [sent].flat().flatMap((text) => {
      const message = typeof text === 'string' ? faultOfText(text) : undefined
      return message === undefined ? [] : [{ pointer: pointerTo('', name), message }]
    })
  )
}
