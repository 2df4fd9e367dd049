import { z } from 'zod'
import { type EvaluationState, evaluationState, initialState } from '../profile/facts.ts'
import { type LayerEntry, layerNames } from '../profile/layers.ts'
import type { Connection } from './connection.ts'

/** How the conditions of a subscriber stand. */
export interface StoredEvaluation {
  state: EvaluationState
  /** Of the conditions that are met. */
  entries: LayerEntry[]
}

const entry = z.object({
  layer: z.enum(layerNames),
  source: z.string(),
  fields: z.custom<LayerEntry['fields']>((value) => typeof value === 'object' && value !== null),
  reason: z.string(),
  author: z.string(),
  since: z.number(),
  until: z.number().optional(),
})
const row = z.object({ state: z.string(), entries: z.string() }).transform(
  ({ state, entries }): StoredEvaluation => ({
    state: evaluationState.parse(JSON.parse(state)),
    entries: z.array(entry).parse(JSON.parse(entries)),
  }),
)

export async function findEvaluation(connection: Connection, nai: string): Promise<StoredEvaluation> {
  const found = await connection.one(row, 'SELECT state, entries FROM evaluation WHERE nai = ?', nai)
  return found ?? { state: initialState, entries: [] }
}

export async function putEvaluation(
  connection: Connection,
  nai: string,
  { state, entries }: StoredEvaluation,
  wakeAt: number | undefined,
): Promise<void> {
  await connection.run(
    `INSERT INTO evaluation (nai, state, entries, wake_at) VALUES (?, ?, ?, ?)
     ON CONFLICT (nai) DO UPDATE SET state = excluded.state, entries = excluded.entries, wake_at = excluded.wake_at`,
    nai,
    JSON.stringify(state),
    JSON.stringify(entries),
    wakeAt ?? null,
  )
}

/** The subscribers of a home server to settle again though nothing happened, and when to look for the next. */
export async function dueTimers(
  connection: Connection,
  identity: string,
  at: number,
): Promise<{ due: string[]; nextAt: number | undefined }> {
  const timer = z.object({ nai: z.string(), wakeAt: z.number() })
  const mine = `SELECT evaluation.nai, wake_at FROM evaluation JOIN owner ON owner.nai = evaluation.nai
    WHERE identity = ? AND wake_at IS NOT NULL`
  const due = await connection.all(timer, `${mine} AND wake_at <= ? ORDER BY wake_at`, identity, at)
  const next = await connection.one(timer, `${mine} AND wake_at > ? ORDER BY wake_at LIMIT 1`, identity, at)
  return { due: due.map(({ nai }) => nai), nextAt: next?.wakeAt }
}
