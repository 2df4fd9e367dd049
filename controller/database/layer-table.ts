import { z } from 'zod'
import { type Layer, type LayerName, layerNames } from '../profile/effective.ts'
import type { Connection } from './connection.ts'

const row = z.object({
  layer: z.enum(layerNames),
  profile: z.string(),
  reason: z.string(),
  author: z.string(),
  since: z.number(),
})

export function layersOf(connection: Connection, nai: string): Layer[] {
  return connection.all(row, 'SELECT layer, profile, reason, author, since FROM layer WHERE nai = ?', nai)
}

export function putLayer(connection: Connection, nai: string, layer: Layer): void {
  connection.run(
    'INSERT OR REPLACE INTO layer (nai, layer, profile, reason, author, since) VALUES (?, ?, ?, ?, ?, ?)',
    nai,
    layer.layer,
    layer.profile,
    layer.reason,
    layer.author,
    layer.since,
  )
}

export function removeLayer(connection: Connection, nai: string, layer: LayerName): void {
  connection.run('DELETE FROM layer WHERE nai = ? AND layer = ?', nai, layer)
}
