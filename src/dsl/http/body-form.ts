import { BODY_FORMS, type BodyForm } from '../../lib/encode-content.ts'
import { isObject, own } from '../../lib/json.ts'
import type { CallTask } from '../document.ts'

/** How the author wants the body of a call to be sent: `metadata.body`, which the lint has checked. */
export function bodyFormOf({ metadata }: Pick<CallTask, 'metadata'>): BodyForm | undefined {
  const form = isObject(metadata) ? own(metadata, 'body') : undefined
  return BODY_FORMS.find((known) => known === form)
}
