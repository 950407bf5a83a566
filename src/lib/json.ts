import { Fault } from './fault.ts'

/** Deeper values overflow the stack of what comes after; no real body comes near it. */
export const JSON_DEPTH_LIMIT = 128

/** @throws Fault `invalid_request` for text that nests deeper than {@link JSON_DEPTH_LIMIT}; does not judge whether it is JSON */
export function refuseDeepJson(text: string): void {
  // As deep as it has opening brackets, at most: most bodies end here.
  if (text.length <= JSON_DEPTH_LIMIT) return
  let depth = 0
  let inString = false
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (inString) {
      if (code === 0x5c) index++
      else if (code === 0x22) inString = false
    } else if (code === 0x22) inString = true
    else if (code === 0x5b || code === 0x7b) {
      if (++depth > JSON_DEPTH_LIMIT)
        throw new Fault('invalid_request', {
          why: 'json_too_deep',
          detail: `The body nests deeper than ${JSON_DEPTH_LIMIT} levels.`
        })
    } else if (code === 0x5d || code === 0x7d) depth--
  }
}
