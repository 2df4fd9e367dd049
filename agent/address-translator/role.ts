import { join } from 'node:path'
import { describeError } from '#core/error.ts'
import type { RoleContext, RunningRole } from '#core/role.ts'
import { DiameterNode } from '#diameter/node.ts'
import { StateStore } from '../state-store/state-store.ts'
import type { AddressTranslatorConfig } from './config.ts'
import { TranslationControl } from './translation-control.ts'
import { openTranslator } from './translator-kernel.ts'
import { translatorState } from './translator-state.ts'

/**
 * Runs an address translator: the kernel translates by its rules, and home servers learn how, each of its own subscribers. Rules and
 * connections stay in the kernel when it stops; a new process goes on with them. Needs CAP_NET_ADMIN.
 */
export async function startAddressTranslator(
  config: AddressTranslatorConfig,
  { clock, log }: RoleContext,
): Promise<RunningRole> {
  const store = new StateStore(
    join(config.stateFolder, `${config.identity.toLowerCase()}.sqlite`),
    clock.now(),
  )
  const reader = await openTranslator({ device: config.outside.interface, rules: config, log })
  const diameter = new DiameterNode({
    identity: config.identity,
    realm: config.realm,
    config: config.diameter,
    applications: { auth: [], accounting: [2] },
    productName: 'Sojourn address translator',
    originStateId: store.originStateId,
    clock,
    log,
  })
  const control = new TranslationControl({
    config,
    reader,
    state: translatorState(store),
    diameter,
    clock,
    log,
  })
  await diameter.start()
  diameter.whenOpen().then(
    () => {
      control.start()
      log.info({ event: 'ready' }, 'ready')
    },
    (error: unknown) => log.error({ event: 'peers', reason: describeError(error) }, 'the peers did not open'),
  )
  return {
    async stop() {
      control.close()
      await diameter.stop()
      store.close()
    },
  }
}
