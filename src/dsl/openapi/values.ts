import { isObject, type Json } from '../../lib/json.ts'

// Readers for members of a document, which may have any type. A member of another type counts as absent.

/** A text, or a number as text; `otherwise` for anything else. */
export function textOf(value: unknown, otherwise: string): string {
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : otherwise
}

export function objectOf(value: unknown): Json {
  return isObject(value) ? value : {}
}

export function arrayOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

/** The texts of a list, without its other items; none for a value that is not a list. */
export function textsOf(value: unknown): string[] {
  return arrayOf(value).filter((item) => typeof item === 'string')
}
