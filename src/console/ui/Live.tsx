import { Tag } from './Tag.tsx'

/** Says whether the page follows what happens, without a switch to refresh. */
export function Live({ listening }: { listening: boolean }) {
  return (
    <Tag tone={listening ? 'ok' : 'plain'} dot>
      {listening ? 'listening' : 'paused'}
    </Tag>
  )
}
