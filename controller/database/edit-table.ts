import { z } from 'zod'
import type { Connection } from './connection.ts'

export const editStates = ['open', 'committed', 'cancelled', 'expired'] as const
export type EditState = (typeof editStates)[number]

/** An edit of a profile (by its name) or of what a subscriber has (by the NAI). Times: milliseconds since 1970. */
export interface Edit {
  id: string
  subject: string
  editor: string
  openedAt: number
  /** If it is not committed before, it is over then, and the event signals go on. */
  expiresAt: number
  /** What the editor has before him. */
  baseVersion: string
  state: EditState
  committedVersion: string | undefined
}

const row = z.object({
  id: z.string(),
  subject: z.string(),
  editor: z.string(),
  openedAt: z.number(),
  expiresAt: z.number(),
  baseVersion: z.string(),
  state: z.enum(editStates),
  committedVersion: z
    .string()
    .nullable()
    .transform((version) => version ?? undefined),
})

export async function insertEdit(connection: Connection, edit: Edit): Promise<void> {
  const { id, subject, editor, openedAt, expiresAt, baseVersion } = edit
  await connection.run(
    `INSERT INTO edit (id, subject, editor, opened_at, expires_at, base_version, state) VALUES (?, ?, ?, ?, ?, ?, 'open')`,
    id,
    subject,
    editor,
    openedAt,
    expiresAt,
    baseVersion,
  )
}

export function findEdit(connection: Connection, id: string): Promise<Edit | undefined> {
  return connection.one(row, 'SELECT * FROM edit WHERE id = ?', id)
}

/** Those of a subject, or all, in the order in which they expire. */
export function listOpenEdits(connection: Connection, subject?: string): Promise<Edit[]> {
  return subject === undefined
    ? connection.all(row, `SELECT * FROM edit WHERE state = 'open' ORDER BY expires_at, id`)
    : connection.all(
        row,
        `SELECT * FROM edit WHERE state = 'open' AND subject = ? ORDER BY expires_at, id`,
        subject,
      )
}

/** Whether the event signals of any of these wait for an edit. One that is overdue counts until it is expired. */
export async function isBeingEdited(connection: Connection, subjects: readonly string[]): Promise<boolean> {
  for (const subject of subjects) if ((await listOpenEdits(connection, subject)).length > 0) return true
  return false
}

export async function closeEdit(
  connection: Connection,
  id: string,
  { state, at, version }: { state: Exclude<EditState, 'open'>; at: number; version?: string },
): Promise<void> {
  await connection.run(
    'UPDATE edit SET state = ?, closed_at = ?, committed_version = ? WHERE id = ?',
    state,
    at,
    version ?? null,
    id,
  )
}
