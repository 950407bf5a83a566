import { useRead } from './use-api.ts'

/** What a gateway tells everybody about itself. */
export interface About {
  name: string
  version: string
  publicUrl: string
  signup: 'open' | 'closed'
  passwordMin: number
}

export function useAbout() {
  return useRead<About>('/v1/about')
}
