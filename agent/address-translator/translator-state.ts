/** What an address translator keeps over restarts: of whom a home server was told, so that the end of his mappings is told too. */
import { z } from 'zod'
import type { StateStore } from '../state-store/state-store.ts'
import type { StoredMap } from '../state-store/stored-map.ts'
import { ipv4 } from '../state-store/stored-value.ts'

const told = z.strictObject({ homeAddress: ipv4 })

export interface TranslatorState extends Pick<StateStore, 'commit'> {
  told: StoredMap<z.output<typeof told>>
}

export function translatorState(store: StateStore): TranslatorState {
  return { told: store.map<z.output<typeof told>>('told', told), commit: () => store.commit() }
}
