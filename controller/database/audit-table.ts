import { z } from 'zod'
import type { Connection } from './connection.ts'

export const auditActions = [
  'import',
  'set-profile',
  'open-edit',
  'commit-edit',
  'cancel-edit',
  'expire-edit',
  'put-override',
  'remove-override',
  'set-balance',
  'payment',
  'remove-subscriber',
  'remove-profile',
  'condition-met',
  'condition-over',
] as const

export interface AuditEntry {
  /** Milliseconds since 1970. */
  at: number
  /** An operator, `import`, or `condition`. */
  author: string
  action: (typeof auditActions)[number]
  /** The NAI, the profile or the file concerned. */
  subject: string
  detail: string
}

const row = z.object({
  at: z.number(),
  author: z.string(),
  action: z.enum(auditActions),
  subject: z.string(),
  detail: z.string(),
})

export async function writeAudit(
  connection: Connection,
  { at, author, action, subject, detail }: AuditEntry,
): Promise<void> {
  await connection.run(
    'INSERT INTO audit (at, author, action, subject, detail) VALUES (?, ?, ?, ?, ?)',
    at,
    author,
    action,
    subject,
    detail,
  )
}

/** The newest first; of one subject, or of all. */
export function listAudit(
  connection: Connection,
  { subject, limit }: { subject?: string | undefined; limit: number },
): Promise<AuditEntry[]> {
  return subject === undefined
    ? connection.all(row, 'SELECT * FROM audit ORDER BY id DESC LIMIT ?', limit)
    : connection.all(row, 'SELECT * FROM audit WHERE subject = ? ORDER BY id DESC LIMIT ?', subject, limit)
}
