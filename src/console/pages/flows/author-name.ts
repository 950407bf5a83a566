import type { Author } from '../../api/types.ts'

export function authorName({ name }: Author): string {
  return name ?? 'a deleted account'
}
