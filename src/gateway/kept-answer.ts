import type { Fault, FaultCode } from '../lib/fault.ts'
import type { Answer } from './respond.ts'

/** The outcome of a call, as its repetitions get it. */
export type Kept = { runId: string } & (
  | { answer: Answer; isBytes?: true }
  | {
      fault: {
        code: FaultCode
        why?: string
        detail?: string
        status: number
        errors?: Fault['errors']
        extensions?: Fault['extensions']
      }
    }
)

/** Makes an outcome that can be stored as JSON: bytes become base64. */
export function storable(kept: Kept): Kept {
  if (!('answer' in kept) || !Buffer.isBuffer(kept.answer.body)) return kept
  return { ...kept, answer: { ...kept.answer, body: kept.answer.body.toString('base64') }, isBytes: true }
}

/** The reverse of `storable`. */
export function restored(kept: Kept): Kept {
  if (!('answer' in kept) || !kept.isBytes) return kept
  return { runId: kept.runId, answer: { ...kept.answer, body: Buffer.from(kept.answer.body as string, 'base64') } }
}

/** The members of a fault that its answer needs. */
export function plainFault({
  code,
  why,
  detail,
  status,
  errors,
  extensions
}: Fault): Extract<Kept, { fault: unknown }>['fault'] {
  return {
    code,
    status,
    ...(why === undefined ? {} : { why }),
    ...(detail === undefined ? {} : { detail }),
    ...(errors ? { errors } : {}),
    ...(extensions ? { extensions } : {})
  }
}
