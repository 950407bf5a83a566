import type { EventSink } from '../../api/types.ts'
import type { Errors } from '../../ui/useForm.ts'

export interface SinkValues {
  url: string
  /** One per line. */
  types: string
}

export const NO_SINK: SinkValues = { url: '', types: '' }

export function valuesOf({ url, types }: EventSink): SinkValues {
  return { url, types: types.join('\n') }
}

export function checkSink({ url }: SinkValues): Errors<SinkValues> {
  return URL.canParse(url.trim()) ? {} : { url: 'Enter a URL, such as https://example.com/events.' }
}

/** The body of a change. Types may be separated by commas too. */
export function bodyOf({ url, types }: SinkValues): { url: string; types: string[] } {
  return { url: url.trim(), types: [...new Set(types.split(/[\s,]+/).filter((type) => type !== ''))] }
}
