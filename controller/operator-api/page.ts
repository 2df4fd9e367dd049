import { z } from 'zod'
import { OperatorApiError } from './problem.ts'

/** Which part of a list is asked for. */
export const pageQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(1000).default(100).describe('how many at most'),
  cursor: z.string().max(1000).optional().describe('`next` of the page before'),
})

/** A part of a list that is ordered by a key. */
export interface PageRequest {
  limit: number
  /** The key after which the page begins. */
  after: string | undefined
}

/** `next`: the cursor of the following page; null: there is none. */
export const pageEnd = z.string().nullable().describe('cursor of the following page; null: this is the last')

/** @throws api/invalid */
export function pageOf({ limit, cursor }: z.output<typeof pageQuery>): PageRequest {
  if (cursor === undefined) return { limit, after: undefined }
  const after = Buffer.from(cursor, 'base64url').toString()
  if (cursorOf(after) === cursor) return { limit, after }
  throw new OperatorApiError('api/invalid', `cursor "${cursor}" is not one that this server gave`)
}

/** Cuts the page out of a list, in the order of the keys, which databases with a language of their own sort otherwise. */
export function cut<Item>(
  items: readonly Item[],
  keyOf: (item: Item) => string,
  { limit, after }: PageRequest,
): { items: Item[]; next: string | null } {
  const following = items
    .filter((item) => after === undefined || keyOf(item) > after)
    .sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
  const page = following.slice(0, limit)
  const last = page.at(-1)
  return { items: page, next: last && page.length < following.length ? cursorOf(keyOf(last)) : null }
}

function cursorOf(key: string): string {
  return Buffer.from(key).toString('base64url')
}
