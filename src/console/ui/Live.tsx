import { Tag } from './Tag.tsx'

/** Shows whether the page updates by itself. */
export function Live({ listening }: { listening: boolean }) {
  return (
    <Tag tone={listening ? 'ok' : 'plain'} dot>
      {listening ? 'listening' : 'paused'}
    </Tag>
  )
}
