import type { Connection } from './connection.ts'

export interface AuditEntry {
  at: number
  /** An operator, `import`, or `condition`. */
  author: string
  action: 'import' | 'set-profile' | 'condition-met' | 'condition-over'
  /** The NAI or the file concerned. */
  subject: string
  detail: string
}

export function writeAudit(
  connection: Connection,
  { at, author, action, subject, detail }: AuditEntry,
): void {
  connection.run(
    'INSERT INTO audit (at, author, action, subject, detail) VALUES (?, ?, ?, ?, ?)',
    at,
    author,
    action,
    subject,
    detail,
  )
}
